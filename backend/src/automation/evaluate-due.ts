import type { Types } from 'mongoose';
import { dayMs } from '../lib/durations.ts';
import type { ITimedRule } from '../models/fields/rule-trigger.ts';
import { type IMessageState, Mailbox, MessageState } from '../models/index.ts';
import { afterUntil, missing } from '../models/store/query-operators.ts';
import { delayMsOf } from '../rules/trigger.ts';
import { applyAtMoment, type MomentContext } from './apply-at-moment.ts';
import { readArrivals } from './arrivals.ts';
import { concernsOneMessage } from './graph-faults.ts';
import { pausedBy } from './kill-switch.ts';
import { type DueMoment, dueMoments, type TimedWindow } from './moments.ts';
import { readRuleBook } from './rule-book.ts';
import { readLeftAlone } from './runs/owner-overrides.ts';
import { sliceMs, type WriteLease } from './write-lease.ts';

// Timed rules need no queue: a moment is the arrival of a message plus the delay of a rule. For each rule the mailbox
// keeps the time up to which its moments are handled. One pass handles the moments since, in their order, and then moves
// that time on: after a crash it handles them again, which changes nothing, as each action has an id of its own.

/** Moments that were missed for longer do not happen any more. */
const longestLateMs = 7 * dayMs;
/** Time for which a message is tried again on which Graph fails. */
const patienceMs = dayMs;
const messagesAtOnce = 100;

type DueState = Pick<IMessageState, 'messageId' | 'formerIds' | 'createdAt'> & {
  readonly _id: Types.ObjectId;
  readonly receivedAt: Date;
};

interface Due extends DueMoment {
  readonly state: DueState;
}

/**
 * Tries timed rules on the mail that has reached their time since the last call. Mail that its owner has opened or moved
 * is left alone. A rule starts with the first call that finds it: mail that had reached its time before is left. While
 * the kill switch is on, moments pass without an action.
 * @returns more: true if moments are left for the next slice
 * @throws GraphError if Graph cannot be asked now: moments not handled are handled by a later call; LeaseLostError; the
 * signal's reason
 */
export async function evaluateDue(
  lease: WriteLease,
  { stagingMs }: { readonly stagingMs: number },
): Promise<{ readonly more: boolean }> {
  const endsAt = performance.now() + sliceMs;
  const now = lease.client.graphClock.toGraphTime(lease.clock());
  const book = await readRuleBook(lease);
  const windows = await windowsOf(lease, { book, now });
  if (windows.length === 0) return { more: false };
  if ((await pausedBy(lease.mailboxId)) !== undefined) {
    await saveProgress(lease, windows, now);
    return { more: false };
  }
  const due = await findDue(lease, windows, book.inboxId);
  const { handledUntil, failure } = await handle({ lease, stagingMs, book }, { due, now, endsAt });
  await saveProgress(lease, windows, handledUntil);
  if (failure !== undefined) throw failure;
  return { more: handledUntil < now };
}

interface Timing {
  readonly book: MomentContext['book'];
  readonly now: number;
}

async function windowsOf({ mailboxId, client }: WriteLease, { book, now }: Timing): Promise<TimedWindow[]> {
  const mailbox = await Mailbox.findById(mailboxId, 'connectedAt timedRulesSince').orFail().lean();
  const { connectedAt, timedRulesSince } = mailbox;
  const resumed = [connectedAt, timedRulesSince].map((at) => client.graphClock.toGraphTime(at?.getTime() ?? 0));
  return book.rules.flatMap((rule) => {
    const delayMs = delayMsOf(rule);
    if (delayMs === undefined) return [];
    const from = Math.max(book.timedUntil(rule)?.getTime() ?? now, now - longestLateMs, ...resumed);
    return [{ rule, delayMs, from, until: now }];
  });
}

/** Finds the unread mail that reached the time of a rule in its period, in the order of the moments. */
async function findDue(
  { mailboxId }: WriteLease,
  windows: readonly TimedWindow[],
  inboxId: string | undefined,
): Promise<Due[]> {
  const states = new Map<string, DueState>();
  for (const { rule, delayMs, from, until } of windows) {
    const folderId = rule.conditions?.fromFolder ?? inboxId;
    if (folderId === undefined || from >= until) continue;
    const receivedAt = afterUntil(new Date(from - delayMs), new Date(until - delayMs));
    const unopened = { isRead: false, automationOnRead: missing(), automation: 'done' } as const;
    const found = await MessageState.find(
      { mailboxId, folderId, receivedAt, ...unopened },
      'messageId formerIds createdAt receivedAt',
    ).lean<DueState[]>();
    for (const state of found) states.set(state.messageId, state);
  }
  return [...states.values()]
    .flatMap((state) => dueMoments(state.receivedAt.getTime(), windows).map((moment) => ({ ...moment, state })))
    .toSorted((one, two) => one.at - two.at);
}

interface Handling {
  readonly due: readonly Due[];
  readonly now: number;
  readonly endsAt: number;
}

interface Handled {
  /** All moments up to this time are handled. */
  readonly handledUntil: number;
  readonly failure: Error | undefined;
}

async function handle(context: MomentContext, { due, now, endsAt }: Handling): Promise<Handled> {
  const { lease } = context;
  let failure: Error | undefined;
  let retryFrom = now;
  for (let start = 0; start < due.length; start += messagesAtOnce) {
    const batch = due.slice(start, start + messagesAtOnce);
    const messageIds = batch.map(({ state }) => state.messageId);
    const [arrivals, leftAlone] = await Promise.all([
      readArrivals(lease, messageIds),
      readLeftAlone(lease, messageIds),
    ]);
    for (const [index, { at, state, delayMs, rules }] of batch.entries()) {
      lease.signal.throwIfAborted();
      // those of one time together, so that progress can be told by the time
      const isNextTime = at > (due[start + index - 1]?.at ?? at);
      if (isNextTime && performance.now() > endsAt) return { handledUntil: Math.min(at - 1, retryFrom), failure };
      const arrived = arrivals.get(state.messageId);
      if (arrived === undefined || leftAlone.has(state.messageId)) continue;
      try {
        const moment = { kind: 'after', delayMs } as const;
        await applyAtMoment(context, { state, arrived, moment, isTried: (rule) => rules.has(rule) });
      } catch (error) {
        if (!concernsOneMessage(error)) throw error;
        failure ??= error;
        if (now - at < patienceMs) retryFrom = Math.min(retryFrom, at - 1);
      }
    }
  }
  return { handledUntil: retryFrom, failure };
}

/** Moves the time on up to which moments are handled; rules that are not in force any more are forgotten. */
async function saveProgress(
  { mailboxId }: WriteLease,
  windows: readonly TimedWindow[],
  handledUntil: number,
): Promise<void> {
  const timedRules = windows.map(
    ({ rule, from }): ITimedRule => ({
      ruleId: rule._id.toHexString(),
      version: rule.version,
      until: new Date(Math.max(from, handledUntil)),
    }),
  );
  await Mailbox.updateOne({ _id: mailboxId }, { $set: { timedRules } });
}
