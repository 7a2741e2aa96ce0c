import type { Types } from 'mongoose';
import { User, WebhookSubscription } from '../../models/index.ts';
import { isIn } from '../../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';
import type { StateFacts } from './mailbox-state.ts';

type Row = StateFacts['mailbox'] & { readonly _id: Types.ObjectId; readonly userId: Types.ObjectId };

/**
 * Reads what the states of mailboxes depend on beside their rows: two queries, however many mailboxes.
 * @returns the rows with their facts, in the same order
 * @throws AppError 503 too_much
 */
export async function readStateFacts<T extends Row>(
  rows: readonly T[],
): Promise<(StateFacts & { readonly mailbox: T })[]> {
  const mailboxId = isIn(rows.map(({ _id }) => _id));
  const userId = isIn([...new Set(rows.map((row) => row.userId.toHexString()))]);
  const fields = 'mailboxId status expiresAt lastNotificationAt';
  const [subscriptions, users] = await Promise.all([
    withQueryTimeout(WebhookSubscription.find({ userId, mailboxId }, fields).maxTimeMS(queryTimeoutMs).lean().exec()),
    withQueryTimeout(
      User.find({ _id: userId }, 'isActive preferences.automationPaused').maxTimeMS(queryTimeoutMs).lean().exec(),
    ),
  ]);
  const subscriptionOf = new Map(subscriptions.map((row) => [row.mailboxId.toHexString(), row]));
  const userOf = new Map(users.map((row) => [row._id.toHexString(), row]));
  return rows.map((mailbox) => ({
    mailbox,
    subscription: subscriptionOf.get(mailbox._id.toHexString()),
    owner: userOf.get(mailbox.userId.toHexString()),
  }));
}
