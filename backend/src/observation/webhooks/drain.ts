import { GraphError, ThrottledError, TokenRefusedError } from '../../graph/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { Mailbox, WebhookSubscription } from '../../models/index.ts';
import type { ObserveReport } from '../changes/observe-messages.ts';
import { closeGap, type GapDeps } from './notification-gap.ts';
import type { NotifiedMessage, NotifiedMessages } from './notified-messages.ts';
import { type ObservedMailbox, observedMailboxOf } from '../changes/observation.ts';
import { type RecognizerOf, recognizerFor } from '../coverage/unlogged.ts';
import { defined } from '../../lib/defined.ts';

type Observed = Pick<ObserveReport, 'events' | 'changed'> & Partial<Pick<ObserveReport, 'unreadable'>>;

export interface DrainDeps extends GapDeps {
  readonly notified: NotifiedMessages;
  /** Reads messages by id and records their changes. */
  readonly observe: (mailbox: ObservedMailbox, messageIds: readonly string[], signal: AbortSignal) => Promise<Observed>;
  readonly clock: Clock;
  /** Converts our time to Graph's, in milliseconds since the epoch; the same when left out. */
  readonly toGraphTime?: ObservedMailbox['toGraphTime'];
  readonly sinceDays: number;
  /** Returns what recognizes acts of rules in a period that the action log lacks. */
  readonly recognizerOf?: RecognizerOf;
}

export interface DrainReport {
  /** `unfinished`: more messages are waiting. */
  readonly outcome: 'drained' | 'unfinished' | 'throttled' | 'not_connected' | 'not_synchronized_yet';
  readonly looked: number;
  readonly events: number;
  readonly changed: number;
  /** Messages that Graph does not return: they are left to synchronization. */
  readonly unreadable: number;
  /** Time from a change notification until its event is recorded; missing when there was none. */
  readonly lagMs?: { readonly min: number; readonly max: number };
  /** When throttled: the pause that Graph asks for. */
  readonly retryAfterMs?: number;
}

interface DrainOptions {
  readonly mailboxId: string;
  readonly signal: AbortSignal;
  /** No retry follows: messages that fail now are left to synchronization, so that those behind them get their turn. */
  readonly isLastTry: boolean;
}

const drainedFields = 'userId isConnected watchedSince folders stagingFolderId unlogged identityKey';
const messagesAtOnce = 100;
/** A busy mailbox makes room for others after this time. */
const budgetMs = 30_000;

/**
 * Reads the notified messages of a mailbox, longest waiting first, until only those are left that came meanwhile: they
 * have a job of their own. A message that is notified again meanwhile stays in the list.
 * @throws GraphError and what `observe` throws; messages read before that are recorded
 */
export async function drainNotifications(deps: DrainDeps, options: DrainOptions): Promise<DrainReport> {
  const { mailboxId } = options;
  const totals = new DrainTotals();
  const waiting = await deps.notified.oldest(mailboxId, messagesAtOnce);
  if (waiting.length === 0) return totals.report('drained');
  const row = await Mailbox.findById(mailboxId, drainedFields).lean();
  if (row === null || !row.isConnected) {
    await deps.notified.forget(mailboxId);
    return totals.report('not_connected');
  }
  if (row.folders.length === 0) {
    await deps.notified.forget(mailboxId);
    await closeGap(deps, mailboxId);
    return totals.report('not_synchronized_yet');
  }
  const recognize = await recognizerFor(row, deps.recognizerOf);
  const { sinceDays, toGraphTime = (ours: number) => ours } = deps;
  const mailbox = observedMailboxOf(row, { sinceDays, now: toGraphTime(deps.clock()), toGraphTime, recognize });
  try {
    return await drainWithin(deps, { ...options, mailbox, totals }, waiting);
  } finally {
    await noteNotification(mailbox, totals.newestAt);
  }
}

interface Draining extends DrainOptions {
  readonly mailbox: ObservedMailbox;
  readonly totals: DrainTotals;
}

async function drainWithin(
  deps: DrainDeps,
  draining: Draining,
  first: readonly NotifiedMessage[],
): Promise<DrainReport> {
  const { mailboxId, totals } = draining;
  const endsAt = deps.clock() + budgetMs;
  for (let waiting = first; ; waiting = await deps.notified.oldest(mailboxId, messagesAtOnce)) {
    const throttled = await lookAt(deps, draining, waiting);
    if (throttled !== undefined) return totals.report('throttled', throttled.retryAfterMs);
    await deps.notified.remove(mailboxId, waiting);
    totals.looked(waiting, deps.clock());
    if (waiting.length < messagesAtOnce) return totals.report('drained');
    if (deps.clock() >= endsAt) return totals.report('unfinished');
  }
}

/** @returns the error if Graph asks for a pause */
async function lookAt(
  deps: DrainDeps,
  draining: Draining,
  waiting: readonly NotifiedMessage[],
): Promise<ThrottledError | undefined> {
  try {
    await observeApart(
      deps,
      draining,
      waiting.map(({ messageId }) => messageId),
    );
    return undefined;
  } catch (error) {
    if (error instanceof ThrottledError) return error;
    if (draining.isLastTry) {
      await deps.notified.remove(draining.mailboxId, waiting);
      await closeGap(deps, draining.mailboxId);
    }
    throw error;
  }
}

/**
 * Observes messages. A message that can never be read must not block the others: it is isolated by bisection and
 * skipped.
 */
async function observeApart(deps: DrainDeps, draining: Draining, messageIds: readonly string[]): Promise<void> {
  const { mailbox, signal, totals } = draining;
  try {
    totals.applied(await deps.observe(mailbox, messageIds, signal));
  } catch (error) {
    if (!isFinal(error)) throw error;
    if (messageIds.length === 1) {
      totals.unreadable += 1;
      return;
    }
    const middle = Math.ceil(messageIds.length / 2);
    await observeApart(deps, draining, messageIds.slice(0, middle));
    await observeApart(deps, draining, messageIds.slice(middle));
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof GraphError && !error.retryable && !(error instanceof TokenRefusedError);
}

/** Stores the time of the newest change notification: synchronization is less frequent while notifications arrive. */
async function noteNotification({ userId, mailboxId }: ObservedMailbox, newestAt: number | undefined): Promise<void> {
  if (newestAt === undefined) return;
  await WebhookSubscription.updateMany({ userId, mailboxId }, { $max: { lastNotificationAt: new Date(newestAt) } });
}

/** Totals of a drain. */
class DrainTotals {
  unreadable = 0;
  /** When the newest of the messages read was notified. */
  newestAt: number | undefined;
  #looked = 0;
  #events = 0;
  #changed = 0;
  #lagMs: { min: number; max: number } | undefined;

  applied({ events, changed, unreadable }: Observed): void {
    this.unreadable += unreadable?.length ?? 0;
    this.#events += events;
    this.#changed += changed;
  }

  looked(messages: readonly NotifiedMessage[], now: number): void {
    this.#looked += messages.length;
    this.newestAt = Math.max(this.newestAt ?? 0, ...messages.map(({ notifiedAt }) => notifiedAt));
    const lags = messages.map(({ notifiedAt }) => Math.max(0, now - notifiedAt));
    this.#lagMs = {
      min: Math.min(this.#lagMs?.min ?? Number.POSITIVE_INFINITY, ...lags),
      max: Math.max(this.#lagMs?.max ?? 0, ...lags),
    };
  }

  report(outcome: DrainReport['outcome'], retryAfterMs?: number): DrainReport {
    return defined<DrainReport>({
      outcome,
      looked: this.#looked,
      events: this.#events,
      changed: this.#changed,
      unreadable: this.unreadable,
      lagMs: this.#lagMs,
      retryAfterMs,
    });
  }
}
