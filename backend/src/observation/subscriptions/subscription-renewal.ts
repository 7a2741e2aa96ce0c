import { Types } from 'mongoose';
import type { GraphClient } from '../../graph/client.ts';
import { GraphError, ThrottledError } from '../../graph/errors.ts';
import { items } from '../../graph/paging.ts';
import {
  createSubscription,
  deleteSubscription,
  isSubscriptionGone,
  listSubscriptions,
  renewSubscription,
} from '../../graph/subscriptions.ts';
import type { GraphRequest } from '../../graph/request.ts';
import type { Clock } from '../../lib/clock.ts';
import { minuteMs } from '../../lib/durations.ts';
import { Mailbox } from '../../models/index.ts';
import { inGraphTime } from '../coverage/blind-windows.ts';
import { closeGap, type GapDeps, noteBlindWindow } from '../webhooks/notification-gap.ts';
import { type FailedMailbox, isSubscriptionRefusal, recordFailure } from './subscription-failure.ts';
import { isAtGraph } from './subscription-names.ts';
import {
  beginCreation,
  type Endpoints,
  endpointsAt,
  findRow,
  storeCreated,
  storeRenewal,
  type SubscriptionRow,
  watched,
  withoutRow,
} from './subscription-rows.ts';

/**
 * Graph documents 10,080 min as the longest lifetime of a subscription to messages. In practice it grants 10,070, and
 * some tenants refuse more than 4,230.
 */
const lifetimesMs = [10_000 * minuteMs, 4_200 * minuteMs] as const;

export interface RenewalDeps extends GapDeps {
  /** The public origin of this service, as in https://msedb.example.com. */
  readonly publicUrl: string;
  readonly graphOf: (mailboxId: string) => GraphClient;
  readonly clock: Clock;
}

interface RenewalOptions {
  readonly mailboxId: string;
  readonly signal: AbortSignal;
  /** True when no retry follows a temporary fault of Graph. */
  readonly isLastTry: boolean;
}

/** `superseded`: another process has created the subscription meanwhile. */
export type RenewalReport =
  | { readonly outcome: RenewalOutcome | 'not_connected' }
  | { readonly outcome: 'refused'; readonly status: number; readonly code: string }
  | { readonly outcome: 'throttled'; readonly retryAfterMs: number };

/** The context of one renewal. */
interface Renewal {
  readonly deps: RenewalDeps;
  readonly client: GraphClient;
  readonly signal: AbortSignal;
  readonly mailbox: FailedMailbox & { readonly lastSyncAt?: Date };
  readonly endpoints: Endpoints;
  /** Ids of the subscriptions at Graph that post to this service. */
  readonly ours: readonly string[];
}

/**
 * Ensures that a mailbox has exactly one subscription: creates it, renews it past half of its lifetime, recreates it when
 * it is gone or posts to another address, and deletes those that a crash left behind. The next run completes an
 * interrupted one.
 * @throws GraphError when a retry may help, and what the client's getToken throws
 */
export async function renewMailboxSubscription(deps: RenewalDeps, options: RenewalOptions): Promise<RenewalReport> {
  const { mailboxId, signal, isLastTry } = options;
  const fields = 'userId email lastSyncAt';
  const mailbox = await Mailbox.findOne({ _id: new Types.ObjectId(mailboxId), isConnected: true }, fields).lean();
  if (mailbox === null) return { outcome: 'not_connected' };
  const endpoints = endpointsAt(deps.publicUrl);
  const client = deps.graphOf(mailboxId);
  try {
    return { outcome: await ensureSubscription({ deps, client, signal, mailbox, endpoints }) };
  } catch (error) {
    if (error instanceof ThrottledError) return { outcome: 'throttled', retryAfterMs: error.retryAfterMs };
    if (!isSubscriptionRefusal(error, isLastTry)) throw error;
    await recordFailure(mailbox, endpoints, deps.clock());
    return { outcome: 'refused', status: error.status, code: error.code };
  }
}

type RenewalOutcome = 'kept' | 'renewed' | 'created' | 'superseded';

async function ensureSubscription(begun: Omit<Renewal, 'ours'>): Promise<RenewalOutcome> {
  const { client, signal, mailbox, endpoints, deps } = begun;
  const atGraph = new Set<string>();
  const ours: string[] = [];
  for await (const { id, notificationUrl } of items(client, listSubscriptions(), { signal })) {
    atGraph.add(id);
    if (notificationUrl === endpoints.notificationUrl) ours.push(id);
  }
  const row = await findRow(mailbox._id);
  const now: Renewal = { ...begun, ours };
  if (row === null) return create(now);
  const isAlive = atGraph.has(row.subscriptionId) && row.status !== 'expired';
  if (isAlive && row.notificationUrl === endpoints.notificationUrl) {
    await deleteLeftBehind(now);
    if (row.renewAt !== undefined && row.renewAt.getTime() > deps.clock()) return 'kept';
    if (await renew(now, row)) return 'renewed';
  } else if (isAlive) {
    await deleteSubscription(client, row.subscriptionId, { signal });
    return create(now);
  }
  await noteGone(now, row);
  return create(now);
}

/** @returns false when the subscription is gone */
async function renew(now: Renewal, row: SubscriptionRow): Promise<boolean> {
  const { deps, client, signal } = now;
  try {
    const { expirationDateTime } = await sendWithLifetime({ client, clock: deps.clock, signal }, (expiresAt) =>
      renewSubscription(row.subscriptionId, expiresAt),
    );
    await complete(now, { id: row.subscriptionId, expirationDateTime, isNew: row.renewAt === undefined });
    return true;
  } catch (error) {
    if (isSubscriptionGone(error)) return false;
    throw error;
  }
}

async function create(now: Renewal): Promise<'created' | 'superseded'> {
  const { deps, client, signal, mailbox, endpoints } = now;
  const clientState = await beginCreation(mailbox, endpoints, deps.clock());
  await deleteLeftBehind(now);
  const created = await sendWithLifetime({ client, clock: deps.clock, signal }, (expiresAt) =>
    createSubscription({ ...watched, ...endpoints, clientState, expiresAt }),
  );
  if (!(await storeCreated(mailbox, clientState, created))) {
    await deleteSubscription(client, created.id, { signal });
    return 'superseded';
  }
  await complete(now, { ...created, isNew: true });
  return 'created';
}

interface PlacedSubscription {
  readonly id: string;
  readonly expirationDateTime: Date;
  /** True when changes from before its creation still have to be found. */
  readonly isNew: boolean;
}

/** Completes a creation or renewal. `renewAt` is written last: a row without it was interrupted. */
async function complete(
  { deps, mailbox, client }: Renewal,
  { id, expirationDateTime, isNew }: PlacedSubscription,
): Promise<void> {
  if (isNew) await closeGap(deps, mailbox._id);
  const lifeMs = expirationDateTime.getTime() - client.graphClock.toGraphTime(deps.clock());
  const renewAt = renewalOf(lifeMs, deps.clock());
  await storeRenewal(mailbox, id, { expiresAt: expirationDateTime, renewAt });
}

/** Deletes subscriptions that no row knows: a crash between creation and storing left them at Graph. */
async function deleteLeftBehind({ client, signal, ours }: Renewal): Promise<void> {
  if (ours.length === 0) return;
  for (const id of await withoutRow(ours)) await deleteSubscription(client, id, { signal });
}

/** Notes a blind window from the last sign of life until now, because the time of the loss is unknown. */
async function noteGone({ deps, mailbox, client }: Renewal, row: SubscriptionRow): Promise<void> {
  if (!isAtGraph(row)) return;
  const seen = [mailbox.lastSyncAt, row.lastNotificationAt].flatMap((date) => date ?? []);
  const from = new Date(seen.length === 0 ? row.createdAt : Math.max(...seen.map((date) => date.getTime())));
  const to = new Date(deps.clock());
  const window = inGraphTime({ from, to, reason: 'subscription_gone' }, client.graphClock.toGraphTime);
  if (from < to) await noteBlindWindow(mailbox._id, window);
}

interface LifetimeDeps {
  readonly client: GraphClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Requests the longest lifetime of a subscription, and a shorter one if Graph answers 400.
 * @param requestUntil builds the request with this end
 * @throws what `send` throws
 */
async function sendWithLifetime<T>(
  { client, clock, signal }: LifetimeDeps,
  requestUntil: (expiresAt: Date) => GraphRequest<T>,
): Promise<T> {
  const [longest, shorter] = lifetimesMs;
  const inTime = (ms: number): Date => new Date(client.graphClock.toGraphTime(clock()) + ms);
  try {
    return await client.send(requestUntil(inTime(longest)), { signal });
  } catch (error) {
    if (!(error instanceof GraphError && error.status === 400)) throw error;
    return client.send(requestUntil(inTime(shorter)), { signal });
  }
}

/** Returns the time to renew a subscription: at half of the rest of its life, so that missed runs lose nothing. */
function renewalOf(lifeMs: number, now: number): Date {
  return new Date(now + lifeMs / 2);
}
