import mongoose, { type Types } from 'mongoose';
import { Rule, StagedEmail } from '../../models/index.ts';
import { rescueStagedOfRule } from '../../rules/rescue-staged-of-rule.ts';
import { concernsOneMessage } from '../graph-faults.ts';
import { pausedBy } from '../kill-switch.ts';
import type { WriteLease } from '../write-lease.ts';
import { resolveStaged } from './resolve-staged.ts';
import type { Ending } from './rescue-staged.ts';
import { releaseUndue } from './staged-row.ts';
import { readStagingContext } from './staging-context.ts';

const rowsAtOnce = 20;
/** When so many messages fail one after the other, it is not because of the messages. */
const failuresInARow = 3;

export interface ProcessedDue {
  readonly endings: readonly Ending[];
  /** Whether others wait, and it is worth going on at once. */
  readonly more: boolean;
}

/**
 * Brings staged mail of a mailbox to its end, the oldest first, until a moment: what is to be rescued, and then what
 * is due. Nothing of it happens while the kill switch is on. A message that fails waits for its next turn, and keeps
 * none of the others from theirs.
 * @param endsAt by performance.now()
 * @throws GraphError when it is not about one message only; LeaseLostError; the signal's reason
 */
export async function processDueStaged(lease: WriteLease, endsAt: number): Promise<ProcessedDue> {
  await releaseUndue(lease.mailboxId, lease.clock());
  await takeBackOfRulesOff(lease);
  const ids = await readWaiting(lease);
  if (ids.length === 0 || (await pausedBy(lease.mailboxId)) !== undefined) return { endings: [], more: false };
  const context = await readStagingContext(lease);
  const endings: Ending[] = [];
  let failures = 0;
  for (const id of ids) {
    lease.signal.throwIfAborted();
    if (performance.now() > endsAt) return { endings, more: true };
    try {
      const ending = await resolveStaged(context, id);
      failures = 0;
      if (ending === 'paused') return { endings, more: false };
      if (ending !== undefined) endings.push(ending);
    } catch (error) {
      failures += 1;
      if (!concernsOneMessage(error) || failures === failuresInARow) throw error;
      endings.push('refused');
    }
  }
  return { endings, more: ids.length === rowsAtOnce };
}

/** What was claimed, or not there yet, when its rule was switched off. */
async function takeBackOfRulesOff({ mailboxId }: WriteLease): Promise<void> {
  const ruleIds = await StagedEmail.distinct('ruleId', { mailboxId, status: 'staged' });
  if (ruleIds.length === 0) return;
  const on = await Rule.find({ _id: mongoose.trusted({ $in: ruleIds }), isEnabled: true }, '_id').lean();
  const off = ruleIds.filter((id) => !on.some(({ _id }) => _id.equals(id)));
  for (const id of off) await rescueStagedOfRule(id);
}

async function readWaiting({ mailboxId, clock }: WriteLease): Promise<Types.ObjectId[]> {
  const now = new Date(clock());
  const isTurn = { $or: [{ nextTryAt: null }, { nextTryAt: mongoose.trusted({ $lte: now }) }] };
  const find = (filter: object) =>
    StagedEmail.find({ mailboxId, ...filter, ...isTurn }, '_id')
      .sort({ expiresAt: 1 })
      .limit(rowsAtOnce)
      .lean();
  const rescues = await find({ status: 'rescuing' });
  const isDue = {
    status: mongoose.trusted({ $in: ['executing', 'staged'] }),
    expiresAt: mongoose.trusted({ $lte: now }),
  };
  const due = rescues.length === rowsAtOnce ? [] : await find(isDue);
  return [...rescues, ...due].slice(0, rowsAtOnce).map(({ _id }) => _id);
}
