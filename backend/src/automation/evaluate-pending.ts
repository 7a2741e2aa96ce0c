import { type IMessageState, MessageState } from '../models/index.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import type { Types } from 'mongoose';
import { applyRule } from './apply-rule.ts';
import { type Arrived, ruleFor } from '../rules/engine.ts';
import { pausedBy } from './kill-switch.ts';
import { concernsOneMessage } from './graph-faults.ts';
import { type MailboxRules, readArrivals, readRuleBook } from './rule-book.ts';
import { sliceMs, type WriteLease } from './write-lease.ts';

export interface Evaluation {
  /** Messages that rules have looked at. */
  readonly evaluated: number;
  /** Messages that a rule was applied to. */
  readonly acted: number;
  /** Whether others wait. */
  readonly more: boolean;
}

const messagesAtOnce = 100;
/** For how long it is tried to let rules look at a message with which Graph fails. */
const patienceMs = 24 * 60 * 60_000;

type PendingState = Pick<IMessageState, 'messageId' | 'pending' | 'receivedAt' | 'createdAt'> & {
  readonly _id: Types.ObjectId;
};

/**
 * Lets rules look at the mail that has come in, each message once, and does what they say. While the kill switch is on
 * they look at it and do nothing, so that nothing is made up for when it is put off.
 * @throws GraphError when Graph cannot be asked now: the rest keeps waiting; LeaseLostError; the signal's reason
 */
export async function evaluatePending(
  lease: WriteLease,
  { stagingMs }: { readonly stagingMs: number },
): Promise<Evaluation> {
  const endsAt = performance.now() + sliceMs;
  const waiting = await readPending(lease.mailboxId);
  if (waiting.length === 0) return { evaluated: 0, acted: 0, more: false };
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
    if (state.pending !== undefined) continue; // whoever records how it arrived comes back to it
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
  /** Left out: no rule is to look at it. */
  readonly arrived: Arrived | undefined;
}

async function evaluate({ lease, stagingMs, book, state, arrived }: Evaluating) {
  const rule = arrived === undefined ? undefined : ruleFor(arrived, book);
  const context = { lease, stagingMs, archiveFolderId: book.archiveFolderId };
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

/** One with which Graph fails lets the others go first, and is given up in the end. */
async function putLast({ clock }: WriteLease, { _id, createdAt }: PendingState): Promise<void> {
  const automation = clock() - createdAt.getTime() < patienceMs ? 'pending' : 'done';
  await MessageState.updateOne({ _id, automation: 'pending' }, { $set: { automation } }); // sets updatedAt
}

/** Those that wait longest since they were last tried. */
function readPending(mailboxId: Types.ObjectId): Promise<PendingState[]> {
  return MessageState.find({ mailboxId, automation: 'pending' }, 'messageId pending receivedAt createdAt')
    .sort({ updatedAt: 1 })
    .limit(messagesAtOnce)
    .lean<PendingState[]>()
    .exec();
}

function actionIdOf(mailboxId: Types.ObjectId, { messageId, createdAt }: PendingState): Types.ObjectId {
  return deterministicId(createdAt, ['act', mailboxId.toHexString(), messageId]);
}
