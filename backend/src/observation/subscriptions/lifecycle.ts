import { WebhookSubscription } from '../../models/index.ts';
import { closeGap, type GapDeps } from '../webhooks/notification-gap.ts';
import type { LifecycleEvent } from '../webhooks/notification-entry.ts';
import type { KnownSubscription } from './subscription-cache.ts';

export interface LifecycleDeps extends GapDeps {
  /** Puts a look at the mailbox's subscription on the queue, for now. */
  readonly requestRenewal: (mailboxId: string) => Promise<void>;
}

/** Does what Graph asks for about a subscription: noted in the store first, then queued. @throws when it could not be */
export async function followLifecycle(
  deps: LifecycleDeps,
  subscription: KnownSubscription,
  event: LifecycleEvent,
): Promise<void> {
  const { userId, mailboxId, subscriptionId } = subscription;
  const row = { userId, mailboxId, subscriptionId };
  switch (event) {
    case 'reauthorizationRequired':
      await WebhookSubscription.updateOne(row, { $set: { renewAt: new Date(deps.clock()) } });
      await deps.requestRenewal(mailboxId);
      return;
    case 'subscriptionRemoved':
      await WebhookSubscription.updateOne(row, { $set: { status: 'expired' } });
      await deps.requestRenewal(mailboxId);
      await closeGap(deps, mailboxId);
      return;
    case 'missed':
      await closeGap(deps, mailboxId);
  }
}
