import type { Types } from 'mongoose';
import { type IWebhookSubscription, WebhookSubscription } from '../../models/index.ts';
import { newClientState, placeholderOf } from './subscription-names.ts';
import { isIn } from '../../models/store/query-operators.ts';

/** The row of a mailbox's subscription. Its id is that of the mailbox, so there is only one, whatever runs at once. */
export type SubscriptionRow = IWebhookSubscription & { readonly _id: Types.ObjectId };

export interface SubscribedMailbox {
  readonly _id: Types.ObjectId;
  readonly userId: Types.ObjectId;
}

/** The addresses that Graph posts to, both at our public origin. */
export interface Endpoints {
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string;
}

/** One subscription for all folders: a change notification names the message only, and the message is read anyway. */
export const watched = { resource: '/me/messages', changeType: 'created,updated,deleted' } as const;

/** Returns the webhook addresses. @param publicUrl an origin, as in https://msedb.example.com */
export function endpointsAt(publicUrl: string): Endpoints {
  const notificationUrl = `${publicUrl}/webhooks/graph`;
  return { notificationUrl, lifecycleNotificationUrl: `${notificationUrl}/lifecycle` };
}

export async function findRow(mailboxId: Types.ObjectId): Promise<SubscriptionRow | null> {
  return WebhookSubscription.findById(mailboxId).lean<SubscriptionRow>();
}

/**
 * Prepares the row before a subscription is created, so that its first notification is recognized.
 * @returns its client state, a secret
 */
export async function beginCreation(mailbox: SubscribedMailbox, endpoints: Endpoints, now: number): Promise<string> {
  const { clientState, ...fields } = placeholderFor(mailbox, endpoints);
  const isFailed = (await findRow(mailbox._id))?.status === 'failed';
  await WebhookSubscription.updateOne(
    { _id: mailbox._id },
    {
      $set: { ...fields, clientState, status: isFailed ? 'failed' : 'expired' },
      $unset: { renewAt: 1 },
      $setOnInsert: { expiresAt: new Date(now) },
    },
    { upsert: true },
  );
  return clientState;
}

/** Stores a created subscription. @returns false when another process began a creation meanwhile, or the row is gone */
export async function storeCreated(
  { _id }: SubscribedMailbox,
  clientState: string,
  created: { readonly id: string; readonly expirationDateTime: Date },
): Promise<boolean> {
  const { matchedCount } = await WebhookSubscription.updateOne(
    { _id, clientState },
    {
      $set: { subscriptionId: created.id, expiresAt: created.expirationDateTime, status: 'active', errorCount: 0 },
      $unset: { renewAt: 1 },
    },
  );
  return matchedCount === 1;
}

/** Stores that a subscription is active, its end and the time to renew it. */
export async function storeRenewal(
  { _id }: SubscribedMailbox,
  subscriptionId: string,
  { expiresAt, renewAt }: { readonly expiresAt: Date; readonly renewAt: Date },
): Promise<void> {
  const active = { expiresAt, renewAt, status: 'active', errorCount: 0 } as const;
  await WebhookSubscription.updateOne({ _id, subscriptionId }, { $set: active });
}

/** Counts a failure, and creates the row if there is none. @returns the updated row */
export async function countFailure(
  mailbox: SubscribedMailbox,
  endpoints: Endpoints,
  now: number,
): Promise<SubscriptionRow> {
  const fields = placeholderFor(mailbox, endpoints);
  return WebhookSubscription.findOneAndUpdate(
    { _id: mailbox._id },
    { $inc: { errorCount: 1 }, $setOnInsert: { ...fields, status: 'expired', expiresAt: new Date(now) } },
    { upsert: true, new: true, setDefaultsOnInsert: false },
  )
    .lean<SubscriptionRow>()
    .orFail();
}

export async function storeFailed({ _id }: SubscribedMailbox): Promise<void> {
  await WebhookSubscription.updateOne({ _id }, { $set: { status: 'failed' } });
}

/** Returns the ids without a row. */
export async function withoutRow(subscriptionIds: readonly string[]): Promise<string[]> {
  const rows = await WebhookSubscription.find({ subscriptionId: isIn(subscriptionIds) }, 'subscriptionId').lean();
  const owned = new Set(rows.map(({ subscriptionId }) => subscriptionId));
  return subscriptionIds.filter((id) => !owned.has(id));
}

function placeholderFor({ _id, userId }: SubscribedMailbox, endpoints: Endpoints) {
  const ids = { userId, mailboxId: _id, subscriptionId: placeholderOf(_id) };
  return { ...ids, ...watched, ...endpoints, clientState: newClientState(_id) };
}
