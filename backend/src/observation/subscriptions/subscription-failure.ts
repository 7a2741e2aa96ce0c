import { GraphError, TokenRefusedError } from '../../graph/errors.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import {
  countFailure,
  type Endpoints,
  storeFailed,
  type SubscribedMailbox,
  type SubscriptionRow,
} from './subscription-rows.ts';

const failuresUntilTold = 5;

export interface FailedMailbox extends SubscribedMailbox {
  readonly email: string;
}

/**
 * Whether an error speaks against the subscription: not if the network, throttling or the token stands in its way, and
 * a fault of Graph's own only if it outlasts all tries.
 */
export function isRefusal(error: unknown, isLastTry: boolean): error is GraphError {
  if (!(error instanceof GraphError) || error.status === 0 || error instanceof TokenRefusedError) return false;
  return error.retryable ? isLastTry && error.status >= 500 : true;
}

/** Counts a failure; at the fifth in a row the subscription counts as failed, and the owner is told: once. */
export async function recordFailure(mailbox: FailedMailbox, endpoints: Endpoints, now: number): Promise<void> {
  const row = await countFailure(mailbox, endpoints, now);
  if (row.errorCount < failuresUntilTold || row.status === 'failed') return;
  await tellOwner(row, mailbox.email);
  await storeFailed(mailbox);
}

/** One notice for each row of failures: the end of the subscription changes only with a success. */
async function tellOwner({ _id, userId, mailboxId, expiresAt }: SubscriptionRow, email: string): Promise<void> {
  await notifyOnce(
    deterministicId(expiresAt, ['subscription failed', _id.toHexString(), String(expiresAt.getTime())]),
    {
      userId,
      mailboxIds: [mailboxId],
      type: 'system',
      priority: 'normal',
      title: 'Changes of a mailbox are noticed later',
      message: `Microsoft does not report changes of ${email} right now. Its mail is still watched, at longer intervals.`,
    },
  );
}
