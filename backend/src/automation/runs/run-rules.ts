import { defined } from '../../lib/defined.ts';
import { type IRuleRun, Rule, RuleRun } from '../../models/index.ts';
import { openRunStatuses } from '../../models/RuleRun.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { applyRule } from '../apply-rule.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { pausedBy } from '../kill-switch.ts';
import { concernsOneMessage } from '../graph-faults.ts';
import { readArrivals } from '../arrivals.ts';
import { momentHolds, momentOf } from '../moments.ts';
import { type MailboxRules, readRuleBook } from '../rule-book.ts';
import { sliceMs, type WriteLease } from '../write-lease.ts';
import { readTakenBack } from './owner-overrides.ts';
import { readSuspended } from '../places/suspend-rule.ts';
import { reasonOfPlace } from '../../rules/places/place-fault.ts';
import { signalRun, type StoredRun } from './runs.ts';
import { isIn } from '../../models/store/query-operators.ts';

type Count = keyof IRuleRun['counts'];

const batchSize = 50;
const isOpen = isIn(openRunStatuses);

/**
 * Continues the oldest open run of a mailbox for a few seconds. A run covers exactly the messages of its preview, as
 * far as they are still in the same folder. It stops early when its rule is changed or switched off, when mail
 * cannot be moved to its folder, or when the kill switch is turned on.
 * @returns more: true when the call found an open run
 * @throws GraphError when Graph is not available; LeaseLostError; the signal's reason
 */
export async function continueRuns(
  lease: WriteLease,
  { stagingMs }: { readonly stagingMs: number },
): Promise<{ readonly more: boolean }> {
  const { mailboxId } = lease;
  const run = await RuleRun.findOne({ mailboxId, status: isOpen }).sort({ createdAt: 1 }).lean<StoredRun>();
  if (run === null) return { more: false };
  const rule = await Rule.findOne({ _id: run.ruleId, isEnabled: true, version: run.ruleVersion }).lean<StoredRule>();
  const stopReason = rule === null ? 'The rule was changed or switched off' : await reasonToStop(lease);
  if (rule === null || stopReason !== undefined) {
    await endRun(run, defined<RunEnd>({ status: 'stopped', stopReason }));
    return { more: true };
  }
  await processBatch({ lease, stagingMs, run, rule });
  return { more: true };
}

async function reasonToStop({ mailboxId }: WriteLease): Promise<string | undefined> {
  const by = await pausedBy(mailboxId);
  if (by === undefined) return undefined;
  return by === 'access' ? 'MSEDB only looks at this mailbox now' : 'Automation was paused';
}

interface RunContext {
  readonly lease: WriteLease;
  readonly stagingMs: number;
  readonly run: StoredRun;
  readonly rule: StoredRule;
}

async function processBatch(context: RunContext): Promise<void> {
  const { lease, run } = context;
  const endsAt = performance.now() + sliceMs;
  const messageIds = run.messageIds.slice(run.position, run.position + batchSize);
  await RuleRun.updateOne({ _id: run._id, status: 'queued' }, { $set: { status: 'running', startedAt: new Date() } });
  const [book, takenBack, arrivals] = await Promise.all([
    readRuleBook(lease),
    readTakenBack(lease, messageIds),
    readArrivals(lease, messageIds),
  ]);
  for (const [index, messageId] of messageIds.entries()) {
    if (performance.now() > endsAt) return;
    lease.signal.throwIfAborted();
    const arrived = arrivals.get(messageId);
    const isLeft = arrived === undefined || takenBack.has(messageId) || book.isProtected(arrived);
    const count = isLeft ? 'left' : await actOn(context, { messageId, book });
    if (count === 'paused') return;
    if (count === 'suspended') return endRun(run, await suspendedEnd(context));
    await advance(run, run.position + index, count);
  }
  if (run.position + messageIds.length >= run.messageIds.length) await endRun(run, { status: 'done' });
}

/** Counts a message that Graph refuses permanently as failed, so that the others go on. */
async function actOn(
  { lease, stagingMs, run, rule }: RunContext,
  { messageId, book }: { readonly messageId: string; readonly book: MailboxRules },
): Promise<Count | 'paused' | 'suspended'> {
  const folderId = rule.conditions?.fromFolder ?? book.inboxId;
  if (folderId === undefined) return 'left';
  const runId = run._id.toHexString();
  const actionId = deterministicId(run._id.getTimestamp(), ['run', runId, messageId]);
  try {
    const context = { lease, stagingMs, suspended: book.suspended };
    const result = await applyRule(context, {
      rule,
      messageId,
      restsIn: folderId,
      actionId,
      cause: { cause: 'run', runId },
      holds: (now) => momentHolds(momentOf(rule), now),
    });
    if (result === 'paused' || result === 'suspended') return result;
    return result === 'done' ? 'acted' : result === 'failed' ? 'failed' : 'left';
  } catch (error) {
    if (!concernsOneMessage(error) || error.retryable) throw error;
    return 'failed';
  }
}

/** Counts a message as processed; a repeated call for the same position changes nothing. */
async function advance(run: StoredRun, position: number, count: Count): Promise<void> {
  await RuleRun.updateOne({ _id: run._id, position }, { $inc: { position: 1, [`counts.${count}`]: 1 } });
  signalRun(run);
}

async function suspendedEnd({ lease, rule }: RunContext): Promise<RunEnd> {
  const code = (await readSuspended(lease.mailboxId)).get(rule._id.toHexString())?.code;
  return { status: 'stopped', stopReason: `The rule is suspended: ${reasonOfPlace(code)}` };
}

type RunEnd = Pick<IRuleRun, 'status' | 'stopReason'>;

async function endRun(run: StoredRun, end: RunEnd): Promise<void> {
  await RuleRun.updateOne({ _id: run._id, status: isOpen }, { $set: { ...end, finishedAt: new Date() } });
  signalRun(run);
}
