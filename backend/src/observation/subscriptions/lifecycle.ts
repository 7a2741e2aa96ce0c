import { WebhookSubscription } from '../../models/index.ts';
import { closeGap, type GapDeps } from '../webhooks/notification-gap.ts';
import type { LifecycleEvent } from '../webhooks/notification-entry.ts';
import type { KnownSubscription } from './subscription-cache.ts';

export interface LifecycleDeps extends GapDeps {
  /** Queues an immediate check of the mailbox's subscription. */
  readonly requestRenewal: (mailboxId: string) => Promise<void>;
}

/**
 * Handles a lifecycle notification: notes it in the store, then queues the job.
 * @throws what the store or the queue throws: Graph must then send the notification again
 */
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
