import { GraphError, TokenRefusedError } from '../../graph/errors.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import {
  countFailure,
  type Endpoints,
  storeFailed,
  type SubscribedMailbox,
  type SubscriptionRow,
} from './subscription-rows.ts';

const failuresUntilNotified = 5;

export interface FailedMailbox extends SubscribedMailbox {
  readonly email: string;
}

/**
 * Tells if an error means that Graph refuses the subscription. Errors of the network, throttling or the token do not, and
 * a fault of Graph itself does only on the last retry.
 */
export function isSubscriptionRefusal(error: unknown, isLastTry: boolean): error is GraphError {
  if (!(error instanceof GraphError) || error.status === 0 || error instanceof TokenRefusedError) return false;
  return error.retryable ? isLastTry && error.status >= 500 : true;
}

/** Counts a failure. At the fifth in a row the subscription becomes failed, and its owner is notified once. */
export async function recordFailure(mailbox: FailedMailbox, endpoints: Endpoints, now: number): Promise<void> {
  const row = await countFailure(mailbox, endpoints, now);
  if (row.errorCount < failuresUntilNotified || row.status === 'failed') return;
  await notifyOwner(row, mailbox.email);
  await storeFailed(mailbox);
}

/** Notifies once per series of failures: `expiresAt`, part of the id, changes only with a success. */
async function notifyOwner({ _id, userId, mailboxId, expiresAt }: SubscriptionRow, email: string): Promise<void> {
  await notifyOnce(occasionId(expiresAt, ['subscription failed', _id.toHexString()]), {
    userId,
    mailboxIds: [mailboxId],
    type: 'system',
    priority: 'normal',
    title: 'Changes in a mailbox are noticed later',
    message: `Microsoft does not report changes in ${email} at the moment. MSEDB still checks the mailbox at regular intervals, and keeps trying to restore the reports.`,
  });
}
