import { z } from 'zod';
import { graphTime, noContent } from './answer.ts';
import type { GraphClient } from './client.ts';
import { GraphError } from './errors.ts';
import { type Page, pageOf } from './paging.ts';
import type { GraphRequest, SendOptions } from './request.ts';

const subscription = z.object({
  id: z.string(),
  resource: z.string(),
  changeType: z.string(),
  notificationUrl: z.string(),
  lifecycleNotificationUrl: z.string().nullish(),
  expirationDateTime: graphTime,
});
type Subscription = z.infer<typeof subscription>;

interface NewSubscription {
  /** The watched resource, such as /me/messages. */
  readonly resource: string;
  /** Comma-separated, such as created,updated,deleted. */
  readonly changeType: string;
  /** Graph validates it before it answers the request, so it must be reachable already. */
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string;
  /** At most 128 characters; every change notification contains it. */
  readonly clientState: string;
  /** At most 10,080 minutes from now; Graph may shorten it. */
  readonly expiresAt: Date;
}

const byId = '/subscriptions/{subscriptionId}';

/** Creates a subscription. Not idempotent: after a failure that `mayHaveHappened`, list the subscriptions. */
export function createSubscription({ expiresAt, ...wanted }: NewSubscription): GraphRequest<Subscription> {
  return {
    method: 'POST',
    route: '/subscriptions',
    body: { ...wanted, expirationDateTime: expiresAt.toISOString() },
    repeatable: false,
    answer: subscription,
  };
}

/** Lists the subscriptions of this application for the signed-in user. */
export function listSubscriptions(): GraphRequest<Page<Subscription>> {
  return { method: 'GET', route: '/subscriptions', repeatable: true, answer: pageOf(subscription) };
}

/** Extends a subscription. */
export function renewSubscription(subscriptionId: string, expiresAt: Date): GraphRequest<Subscription> {
  const body = { expirationDateTime: expiresAt.toISOString() };
  return {
    method: 'PATCH',
    route: byId,
    ids: { subscriptionId },
    body,
    repeatable: true,
    is404Final: true,
    answer: subscription,
  };
}

/** Deletes a subscription. One that no longer exists counts as deleted. @throws what `send` throws */
export async function deleteSubscription(
  client: GraphClient,
  subscriptionId: string,
  options: SendOptions,
): Promise<void> {
  const ids = { subscriptionId };
  try {
    const gone = { repeatable: true, is404Final: true, answer: noContent };
    await client.send({ method: 'DELETE', route: byId, ids, ...gone }, options);
  } catch (error) {
    if (!isSubscriptionGone(error)) throw error;
  }
}

/** Tells if an error says that a subscription no longer exists: 404 with whatever code (ResourceNotFound as a rule). */
export function isSubscriptionGone(error: unknown): boolean {
  return error instanceof GraphError && error.status === 404;
}
