import mongoose, { type Types } from 'mongoose';
import { type IRuleRun, Rule, RuleRun } from '../../models/index.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { applyRule } from '../apply-rule.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { pausedBy } from '../kill-switch.ts';
import { concernsOneMessage } from '../graph-faults.ts';
import { type MailboxRules, readArrivals, readRuleBook } from '../rule-book.ts';
import { sliceMs, type WriteLease } from '../write-lease.ts';
import { readTakenBack } from './taken-back.ts';

type StoredRun = IRuleRun & { readonly _id: Types.ObjectId };
type Count = keyof IRuleRun['counts'];

const messagesAtOnce = 50;

/**
 * Goes on with the oldest run of a rule over mail that is there, for a few seconds: exactly the messages of its
 * preview, as far as they still rest where they were. A run ends early when the rule was changed or switched off, or
 * when the kill switch is put on.
 * @returns whether there is more to do
 * @throws GraphError when Graph cannot be asked now; LeaseLostError; the signal's reason
 */
export async function continueRuns(
  lease: WriteLease,
  { stagingMs }: { readonly stagingMs: number },
): Promise<{ readonly more: boolean }> {
  const { mailboxId } = lease;
  const status = mongoose.trusted({ $in: ['queued', 'running'] });
  const run = await RuleRun.findOne({ mailboxId, status }).sort({ createdAt: 1 }).lean<StoredRun>();
  if (run === null) return { more: false };
  const rule = await Rule.findOne({ _id: run.ruleId, isEnabled: true, version: run.ruleVersion }).lean<StoredRule>();
  const because = rule === null ? 'The rule was changed or switched off' : await reasonToStop(lease);
  if (rule === null || because !== undefined) {
    await end(run, { status: 'stopped', ...(because === undefined ? {} : { stopReason: because }) });
    return { more: true };
  }
  await goOn({ lease, stagingMs, run, rule });
  return { more: true };
}

async function reasonToStop({ mailboxId }: WriteLease): Promise<string | undefined> {
  return (await pausedBy(mailboxId)) === undefined ? undefined : 'Automation was paused';
}

interface Going {
  readonly lease: WriteLease;
  readonly stagingMs: number;
  readonly run: StoredRun;
  readonly rule: StoredRule;
}

async function goOn(going: Going): Promise<void> {
  const { lease, run } = going;
  const endsAt = performance.now() + sliceMs;
  const messageIds = run.messageIds.slice(run.position, run.position + messagesAtOnce);
  await RuleRun.updateOne({ _id: run._id, status: 'queued' }, { $set: { status: 'running', startedAt: new Date() } });
  const [book, takenBack, arrivals] = await Promise.all([
    readRuleBook(lease),
    readTakenBack(lease.mailboxId, messageIds),
    readArrivals(lease, messageIds),
  ]);
  for (const [index, messageId] of messageIds.entries()) {
    if (performance.now() > endsAt) return;
    lease.signal.throwIfAborted();
    const arrived = arrivals.get(messageId);
    const isLeft = arrived === undefined || takenBack.has(messageId) || book.isProtected(arrived);
    const count = isLeft ? 'left' : await actOn(going, { messageId, book });
    if (count === 'paused') return;
    await advance(run, run.position + index, count);
  }
  if (run.position + messageIds.length >= run.messageIds.length) await end(run, { status: 'done' });
}

/** One message that Graph refuses for good does not keep the others from their turn. */
async function actOn(
  { lease, stagingMs, run, rule }: Going,
  { messageId, book }: { readonly messageId: string; readonly book: MailboxRules },
): Promise<Count | 'paused'> {
  const restsIn = rule.conditions?.fromFolder ?? book.inboxId;
  if (restsIn === undefined) return 'left';
  const runId = run._id.toHexString();
  const actionId = deterministicId(run._id.getTimestamp(), ['run', runId, messageId]);
  try {
    const context = { lease, stagingMs, archiveFolderId: book.archiveFolderId };
    const result = await applyRule(context, { rule, messageId, restsIn, actionId, cause: { cause: 'run', runId } });
    if (result === 'paused') return result;
    return result === 'done' ? 'acted' : result === 'failed' ? 'failed' : 'left';
  } catch (error) {
    if (!concernsOneMessage(error) || error.retryable) throw error;
    return 'failed';
  }
}

/** Counts a message as done with, once. */
async function advance(run: StoredRun, position: number, count: Count): Promise<void> {
  await RuleRun.updateOne({ _id: run._id, position }, { $inc: { position: 1, [`counts.${count}`]: 1 } });
}

async function end({ _id }: StoredRun, { status, stopReason }: Pick<IRuleRun, 'status' | 'stopReason'>): Promise<void> {
  const isOpen = mongoose.trusted({ $in: ['queued', 'running'] });
  const reason = stopReason === undefined ? {} : { stopReason };
  await RuleRun.updateOne({ _id, status: isOpen }, { $set: { status, ...reason, finishedAt: new Date() } });
}
