import { type IMessageState, MessageState } from '../models/index.ts';
import { dayMs } from '../lib/durations.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import type { Types } from 'mongoose';
import { applyRule } from './apply-rule.ts';
import { type Arrived, ruleFor } from '../rules/engine.ts';
import { pausedBy } from './kill-switch.ts';
import { concernsOneMessage } from './graph-faults.ts';
import { type MailboxRules, readArrivals, readRuleBook } from './rule-book.ts';
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

type PendingState = Pick<IMessageState, 'messageId' | 'formerIds' | 'pending' | 'receivedAt' | 'createdAt'> & {
  readonly _id: Types.ObjectId;
};

/**
 * Applies rules to pending mail, each message once. While the kill switch is on, messages count as evaluated and nothing is
 * done: work missed while paused is not done retroactively. The same holds for mail of a rule that is suspended because of
 * its folder: no other rule applies to it, as the first that matches decides.
 * @throws GraphError if Graph cannot be asked now: the rest stays pending; LeaseLostError; the signal's reason
 */
export async function evaluatePending(
  lease: WriteLease,
  { stagingMs }: { readonly stagingMs: number },
): Promise<Evaluation> {
  const endsAt = performance.now() + sliceMs;
  const waiting = await readPending(lease.mailboxId);
  if (waiting.length === 0) return { evaluated: 0, acted: 0, more: false };
  await tellOwner(lease);
  const messageIds = waiting.map(({ messageId }) => messageId);
  const [book, isPaused, arrivals] = await Promise.all([
    readRuleBook(lease),
    pausedBy(lease.mailboxId),
    readArrivals(lease, messageIds),
  ]);
  const sum = { evaluated: 0, acted: 0, more: waiting.length === messagesAtOnce };
  let failure: Error | undefined;
  for (const state of waiting) {
    lease.signal.throwIfAborted();
    if (performance.now() > endsAt) {
      sum.more = true;
      break;
    }
    if (state.pending !== undefined) continue; // its arrival is being recorded, which makes it pending again
    try {
      const arrived = isPaused === undefined ? arrivals.get(state.messageId) : undefined;
      const result = await evaluate({ lease, stagingMs, book, state, arrived });
      sum.evaluated += 1;
      if (result === 'done') sum.acted += 1;
    } catch (error) {
      if (!concernsOneMessage(error)) throw error;
      failure ??= error;
      await putLast(lease, state);
    }
  }
  if (failure !== undefined) throw failure;
  return sum;
}

interface Evaluating {
  readonly lease: WriteLease;
  readonly stagingMs: number;
  readonly book: MailboxRules;
  readonly state: PendingState;
  /** Undefined if no rule is to be applied. */
  readonly arrived: Arrived | undefined;
}

async function evaluate({ lease, stagingMs, book, state, arrived }: Evaluating) {
  const rule = arrived === undefined ? undefined : ruleFor(arrived, book);
  const context = { lease, stagingMs, suspended: book.suspended };
  const { messageId } = state;
  const result =
    rule === undefined || arrived === undefined
      ? 'left'
      : await applyRule(context, {
          rule,
          messageId,
          restsIn: arrived.fromFolder,
          actionId: actionIdOf(lease.mailboxId, state),
          cause: { cause: 'rule' },
        });
  await MessageState.updateOne({ _id: state._id, automation: 'pending' }, { $set: { automation: 'done' } });
  return result;
}

/** Moves a message on which Graph fails to the end of the queue, and gives it up in the end. */
async function putLast({ clock }: WriteLease, { _id, createdAt }: PendingState): Promise<void> {
  const automation = clock() - createdAt.getTime() < patienceMs ? 'pending' : 'done';
  await MessageState.updateOne({ _id, automation: 'pending' }, { $set: { automation } }); // sets updatedAt
}

/** Returns pending messages, the longest untried first. */
function readPending(mailboxId: Types.ObjectId): Promise<PendingState[]> {
  return MessageState.find({ mailboxId, automation: 'pending' }, 'messageId formerIds pending receivedAt createdAt')
    .sort({ updatedAt: 1 })
    .limit(messagesAtOnce)
    .lean<PendingState[]>()
    .exec();
}

/** Derived from the first id of the message, so that the rule acts once though the id changes. */
function actionIdOf(mailboxId: Types.ObjectId, { messageId, formerIds, createdAt }: PendingState): Types.ObjectId {
  return deterministicId(createdAt, ['act', mailboxId.toHexString(), formerIds?.[0] ?? messageId]);
}
