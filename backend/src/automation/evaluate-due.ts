import type { Types } from 'mongoose';
import { dayMs } from '../lib/durations.ts';
import type { ITimedRule } from '../models/fields/rule-trigger.ts';
import { type IMessageState, Mailbox, MessageState } from '../models/index.ts';
import { afterUntil, missing } from '../models/store/query-operators.ts';
import type { Arrived } from '../rules/engine.ts';
import type { StoredRule } from '../rules/stored-rule.ts';
import { applyAtMoment, type MomentContext } from './apply-at-moment.ts';
import { readArrivalFromGraph, readArrivals } from './arrivals.ts';
import { concernsOneMessage } from './graph-faults.ts';
import { pausedBy } from './kill-switch.ts';
import { type DueMoment, dueMoments, momentOf, type TimedWindow } from './moments.ts';
import { readRuleBook } from './rule-book.ts';
import { readMoved, readTakenBack } from './runs/owner-overrides.ts';
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
  readonly folderId: string;
};

interface Due extends DueMoment {
  readonly state: DueState;
}

/**
 * Tries timed rules on the mail that has reached their time since the last call. Mail that its owner has opened or moved
 * is left alone; by a rule for old mail, mail that is flagged or categorized. A rule starts with the first call that finds it: mail that had reached its time before is left. While
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
    const moment = momentOf(rule);
    if (moment.kind !== 'after' && moment.kind !== 'age') return [];
    const from = Math.max(book.timedUntil(rule)?.getTime() ?? now, now - longestLateMs, ...resumed);
    return [{ rule, moment, from, until: now }];
  });
}

/** Finds the mail that reached the time of a rule in its period, in the order of the moments. */
async function findDue(
  { mailboxId }: WriteLease,
  windows: readonly TimedWindow[],
  inboxId: string | undefined,
): Promise<Due[]> {
  const found = new Map<string, { readonly state: DueState; readonly windows: TimedWindow[] }>();
  for (const window of windows) {
    const { rule, moment, from, until } = window;
    const folderId = rule.conditions?.fromFolder ?? inboxId;
    if (folderId === undefined || from >= until) continue;
    const receivedAt = afterUntil(new Date(from - moment.delayMs), new Date(until - moment.delayMs));
    const untouched = moment.kind === 'after' ? unopened() : { flag: 'notFlagged' as const, categories: [] };
    const states = await MessageState.find(
      { mailboxId, folderId, receivedAt, ...untouched, automation: 'done' },
      'messageId formerIds createdAt receivedAt folderId',
    ).lean<DueState[]>();
    for (const state of states) {
      const known = found.get(state.messageId) ?? { state, windows: [] };
      known.windows.push(window);
      found.set(state.messageId, known);
    }
  }
  return [...found.values()]
    .flatMap(({ state, windows: its }) =>
      dueMoments(state.receivedAt.getTime(), its).map((moment) => ({ ...moment, state })),
    )
    .toSorted((one, two) => one.at - two.at);
}

const unopened = () => ({ isRead: false, automationOnRead: missing() });

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
    const facts = await readFacts(lease, messageIds);
    for (const [index, one] of batch.entries()) {
      const { at } = one;
      lease.signal.throwIfAborted();
      // those of one time together, so that progress can be told by the time
      const isNextTime = at > (due[start + index - 1]?.at ?? at);
      if (isNextTime && performance.now() > endsAt) return { handledUntil: Math.min(at - 1, retryFrom), failure };
      try {
        await applyDue(context, one, facts);
      } catch (error) {
        if (!concernsOneMessage(error)) throw error;
        failure ??= error;
        if (now - at < patienceMs) retryFrom = Math.min(retryFrom, at - 1);
      }
    }
  }
  return { handledUntil: retryFrom, failure };
}

interface DueFacts {
  readonly arrivals: ReadonlyMap<string, Arrived>;
  readonly takenBack: ReadonlySet<string>;
  readonly moved: ReadonlySet<string>;
}

async function readFacts(lease: WriteLease, messageIds: readonly string[]): Promise<DueFacts> {
  const [arrivals, takenBack, moved] = await Promise.all([
    readArrivals(lease, messageIds),
    readTakenBack(lease, messageIds),
    readMoved(lease, messageIds),
  ]);
  return { arrivals, takenBack, moved };
}

async function applyDue(context: MomentContext, { state, moment, rules }: Due, facts: DueFacts): Promise<void> {
  const { messageId, folderId } = state;
  if (facts.takenBack.has(messageId)) return;
  const known = facts.arrivals.get(messageId) ?? (await readArrivalFromGraph(context.lease, state));
  if (known === undefined) return;
  // mail reaches an age where it lies, however it came there, if the rule names the folder
  const arrived = moment.kind === 'age' ? { ...known, fromFolder: folderId, foundInPlace: false } : known;
  const isMoved = facts.moved.has(messageId);
  const isTried = (rule: StoredRule): boolean =>
    rules.has(rule) && (!isMoved || (moment.kind === 'age' && rule.conditions?.fromFolder !== undefined));
  await applyAtMoment(context, { state, arrived, moment, isTried });
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
