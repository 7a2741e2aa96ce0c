import { z } from 'zod';
import { graphTime, noContent } from './answer.ts';
import type { GraphClient } from './client.ts';
import { ItemNotFoundError } from './errors.ts';
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
  /** What is watched, such as /me/messages. */
  readonly resource: string;
  /** Comma-separated, such as created,updated,deleted. */
  readonly changeType: string;
  /** Graph calls it while the request is open: it must answer already. */
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string;
  /** At most 128 characters; every notification carries it. */
  readonly clientState: string;
  /** At most 10,080 minutes from now; Graph may shorten it. */
  readonly expiresAt: Date;
}

const byId = '/subscriptions/{subscriptionId}';

/** Subscribes to changes. Done twice it makes two: after a failure that `mayHaveHappened`, list them. */
export function createSubscription({ expiresAt, ...wanted }: NewSubscription): GraphRequest<Subscription> {
  return {
    method: 'POST',
    route: '/subscriptions',
    body: { ...wanted, expirationDateTime: expiresAt.toISOString() },
    repeatable: false,
    answer: subscription,
  };
}

/** The subscriptions that this application has for the signed-in user. */
export function listSubscriptions(): GraphRequest<Page<Subscription>> {
  return { method: 'GET', route: '/subscriptions', repeatable: true, answer: pageOf(subscription) };
}

/** Sets a later end. */
export function renewSubscription(subscriptionId: string, expiresAt: Date): GraphRequest<Subscription> {
  const body = { expirationDateTime: expiresAt.toISOString() };
  return { method: 'PATCH', route: byId, ids: { subscriptionId }, body, repeatable: true, answer: subscription };
}

/** Ends a subscription; one that is gone already is no failure. @throws what `send` throws */
export async function deleteSubscription(
  client: GraphClient,
  subscriptionId: string,
  options: SendOptions,
): Promise<void> {
  const ids = { subscriptionId };
  try {
    await client.send({ method: 'DELETE', route: byId, ids, repeatable: true, answer: noContent }, options);
  } catch (error) {
    if (!(error instanceof ItemNotFoundError)) throw error;
  }
}
