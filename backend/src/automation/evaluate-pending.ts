import { type IMessageState, MessageState } from '../models/index.ts';
import { dayMs } from '../lib/durations.ts';
import type { Types } from 'mongoose';
import { applyAtMoment, type MomentContext } from './apply-at-moment.ts';
import { readArrivals } from './arrivals.ts';
import type { Arrived } from '../rules/engine.ts';
import { actsOnArrival, actsOnRead } from '../rules/trigger.ts';
import { pausedBy } from './kill-switch.ts';
import { concernsOneMessage } from './graph-faults.ts';
import { applyOverdue } from './overdue.ts';
import { readLeftAlone } from './runs/owner-overrides.ts';
import { readRuleBook } from './rule-book.ts';
import { tellOwner } from './tell-owner.ts';
import { sliceMs, type WriteLease } from './write-lease.ts';

export interface Evaluation {
  /** Number of messages that rules were tried on. */
  readonly evaluated: number;
  /** Number of messages that a rule has changed. */
  readonly acted: number;
  /** True if further messages are pending. */
  readonly more: boolean;
}

const messagesAtOnce = 100;
/** Age at which a message is given up on which Graph fails. */
const patienceMs = dayMs;

/** The field that says that rules have to be tried: at arrival, or after reading. */
type PendingField = 'automation' | 'automationOnRead';

type PendingState = Pick<
  IMessageState,
  'messageId' | 'formerIds' | 'pending' | 'receivedAt' | 'createdAt' | 'isRead'
> & {
  readonly _id: Types.ObjectId;
};

/**
 * Applies rules to pending mail: new mail, and mail that its owner has read. Each message is evaluated once at each. While
 * the kill switch is on, messages count as evaluated and nothing is done: work missed while paused is not done
 * retroactively. The same holds for mail of a rule that is suspended because of its folder: no other rule applies to it,
 * as the first that matches decides.
 * @throws GraphError if Graph cannot be asked now: the rest stays pending; LeaseLostError; the signal's reason
 */
export async function evaluatePending(
  lease: WriteLease,
  { stagingMs }: { readonly stagingMs: number },
): Promise<Evaluation> {
  const endsAt = performance.now() + sliceMs;
  const sum = { evaluated: 0, acted: 0, more: false };
  let failure: Error | undefined;
  // its arrival first: a rule that acts on it goes before those that wait until it is read
  for (const field of ['automation', 'automationOnRead'] as const) {
    const waiting = await readPending(lease.mailboxId, field);
    if (waiting.length === 0) continue;
    await tellOwner(lease);
    const part = await evaluateAll({ lease, stagingMs, book: await readRuleBook(lease) }, { field, waiting, endsAt });
    sum.evaluated += part.evaluated;
    sum.acted += part.acted;
    sum.more ||= part.more || waiting.length === messagesAtOnce;
    failure ??= part.failure;
  }
  if (failure !== undefined) throw failure;
  return sum;
}

interface Waiting {
  readonly field: PendingField;
  readonly waiting: readonly PendingState[];
  readonly endsAt: number;
}

async function evaluateAll(
  context: MomentContext,
  { field, waiting, endsAt }: Waiting,
): Promise<Evaluation & { readonly failure: Error | undefined }> {
  const { lease } = context;
  const sum = { evaluated: 0, acted: 0, more: false };
  const arrivals = await readTriable(lease, field, waiting);
  let failure: Error | undefined;
  for (const state of waiting) {
    lease.signal.throwIfAborted();
    if (performance.now() > endsAt) return { ...sum, more: true, failure };
    if (state.pending !== undefined) continue; // its events are being recorded, which makes it pending again
    try {
      const hasActed = await evaluate(context, { field, state, arrived: arrivals.get(state.messageId) });
      sum.evaluated += 1;
      if (hasActed) sum.acted += 1;
    } catch (error) {
      if (!concernsOneMessage(error)) throw error;
      failure ??= error;
      await putLast(lease, field, state);
    }
  }
  return { ...sum, failure };
}

/** Returns the arrivals of the messages that rules may be tried on: none while the kill switch is on. */
async function readTriable(
  lease: WriteLease,
  field: PendingField,
  waiting: readonly PendingState[],
): Promise<ReadonlyMap<string, Arrived>> {
  const messageIds = waiting.map(({ messageId }) => messageId);
  if ((await pausedBy(lease.mailboxId)) !== undefined) return new Map();
  const arrivals = await readArrivals(lease, messageIds);
  if (field === 'automation') return arrivals;
  const leftAlone = await readLeftAlone(lease, messageIds);
  return new Map([...arrivals].filter(([messageId]) => !leftAlone.has(messageId)));
}

interface Evaluated {
  readonly field: PendingField;
  readonly state: PendingState;
  /** Undefined if no rule is to be applied. */
  readonly arrived: Arrived | undefined;
}

/** @returns true if a rule has changed the message */
async function evaluate(context: MomentContext, { field, state, arrived }: Evaluated): Promise<boolean> {
  let hasActed = false;
  if (arrived !== undefined) {
    const onArrival = field === 'automation';
    const moment = { kind: onArrival ? 'arrival' : 'read' } as const;
    const isTried = onArrival ? actsOnArrival : actsOnRead;
    hasActed = (await applyAtMoment(context, { state, arrived, moment, isTried })) === 'done';
    if (onArrival && (await applyOverdue(context, { state, arrived }))) hasActed = true;
  }
  await MessageState.updateOne({ _id: state._id, [field]: 'pending' }, { $set: { [field]: 'done' } });
  return hasActed;
}

/** Moves a message on which Graph fails to the end of the queue, and gives it up in the end. */
async function putLast({ clock }: WriteLease, field: PendingField, { _id, createdAt }: PendingState): Promise<void> {
  const next = clock() - createdAt.getTime() < patienceMs ? 'pending' : 'done';
  await MessageState.updateOne({ _id, [field]: 'pending' }, { $set: { [field]: next } }); // sets updatedAt
}

/** Returns pending messages, the longest untried first. What was read waits until its arrival is evaluated. */
function readPending(mailboxId: Types.ObjectId, field: PendingField): Promise<PendingState[]> {
  const isPending =
    field === 'automation' ? { automation: 'pending' } : { automation: 'done', automationOnRead: 'pending' };
  return MessageState.find({ mailboxId, ...isPending }, 'messageId formerIds pending receivedAt createdAt isRead')
    .sort({ updatedAt: 1 })
    .limit(messagesAtOnce)
    .lean<PendingState[]>()
    .exec();
}
