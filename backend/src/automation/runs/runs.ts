import type { Types } from 'mongoose';
import { hourMs } from '../../lib/durations.ts';
import { AppError, NotFoundError } from '../../lib/errors.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import { type IRuleRun, Mailbox, Rule, RuleRun } from '../../models/index.ts';
import { openRunStatuses } from '../../models/RuleRun.ts';
import type { OwnedMailbox } from '../../rules/owned-mailbox.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { requireRunning } from '../kill-switch.ts';
import { readWhitelist } from '../../rules/whitelist.ts';
import { signalChange } from '../../models/store/change-signal.ts';
import { type NewIntent, withIntent } from '../../models/store/intent-log.ts';
import { findRestingMatches, type RestingMessage } from './resting-mail.ts';
import { after, isIn } from '../../models/store/query-operators.ts';

// Words: docs/GLOSSARY.md, "Rules and automation". The token of a preview is the id of the
// run that it becomes when its owner starts it within an hour.

const previewMs = hourMs;
const sampleSize = 10;

export type StoredRun = IRuleRun & { readonly _id: Types.ObjectId };

export interface Preview {
  readonly token: string;
  readonly endsAt: Date;
  /** Number of messages. */
  readonly messages: number;
  /** The newest of them, at most ten. */
  readonly sample: readonly RestingMessage[];
}

/** Identifies a run of a rule of a user. */
export interface RunKey {
  readonly userId: string;
  readonly ruleId: string;
  readonly runId: string;
}

/** Stores the list of messages that a rule would change now. An earlier preview of the rule becomes void. */
export async function previewRule(rule: StoredRule, mailbox: OwnedMailbox, now: Date): Promise<Preview> {
  const { userId, _id: mailboxId } = mailbox;
  const { settings } = await Mailbox.findById(mailboxId, 'settings').orFail().lean();
  const found = await findRestingMatches({
    mailbox,
    rule,
    whitelist: await readWhitelist(settings),
    now: now.getTime(),
  });
  const earlier = { userId, ruleId: rule._id, status: 'previewed' } as const;
  await RuleRun.updateMany(earlier, { $set: { messageIds: [], previewEndsAt: now } });
  const { _id, previewEndsAt } = await RuleRun.create({
    userId,
    mailboxId,
    ruleId: rule._id,
    ruleVersion: rule.version,
    messageIds: found.map(({ messageId }) => messageId),
    previewEndsAt: new Date(now.getTime() + previewMs),
  });
  return { token: _id.toString(), endsAt: previewEndsAt, messages: found.length, sample: found.slice(0, sampleSize) };
}

interface QueueOptions {
  readonly now: Date;
  /** Called last, before the run is queued; throws when the rule cannot act. */
  readonly check: (rule: StoredRule) => Promise<void>;
}

/**
 * Queues a run over exactly the messages of a preview. A preview can be used once.
 * @throws NotFoundError for an unknown token; AppError 409 preview_void when the preview has expired or was used, or the
 * rule was changed or switched off; 409 mailbox_disconnected; 409 automation_paused, write_access_needed; what `check` throws
 */
export async function queueRun({ userId, ruleId, runId }: RunKey, { now, check }: QueueOptions): Promise<StoredRun> {
  const run = await findRun({ userId, ruleId, runId });
  const rule = await Rule.findOne({
    _id: ruleId,
    userId,
    isEnabled: true,
    version: run.ruleVersion,
  }).lean<StoredRule>();
  if (rule === null) throw previewVoid('The rule has been changed or switched off since the preview');
  const mailbox = await Mailbox.findById(run.mailboxId, 'isConnected').orFail().lean();
  if (!mailbox.isConnected) {
    throw new AppError(409, 'mailbox_disconnected', 'The mailbox is disconnected: connect it again');
  }
  await requireRunning(run.mailboxId);
  if (run.status !== 'previewed') throw alreadyUsed();
  if (run.previewEndsAt > now) await check(rule);
  const facts = { by: 'owner', ruleVersion: run.ruleVersion, messages: run.messageIds.length, name: rule.name };
  const details = { ...facts, runId, why: 'Applied to existing mail by its owner' };
  const intent = { _id: run._id, userId, mailboxId: run.mailboxId, targetType: 'rule', targetId: ruleId } as const;
  const queued = await withRunIntent({ ...intent, action: 'rule_run', details }, () => queue(run, now));
  if (queued === undefined) throw previewVoid('The preview has expired');
  return queued;
}

/** Of two concurrent uses of a token, the second one finds the entry of the first. */
async function withRunIntent(
  intent: NewIntent,
  change: () => Promise<StoredRun | undefined>,
): Promise<StoredRun | undefined> {
  try {
    return await withIntent(intent, change);
  } catch (error) {
    if (isDuplicateKey(error)) throw alreadyUsed();
    throw error;
  }
}

async function queue({ _id }: StoredRun, now: Date): Promise<StoredRun | undefined> {
  const usable = { _id, status: 'previewed', previewEndsAt: after(now) } as const;
  const change = { $set: { status: 'queued' } } as const;
  const run = await RuleRun.findOneAndUpdate(usable, change, { returnDocument: 'after' }).lean<StoredRun>();
  return run ?? undefined;
}

function alreadyUsed(): AppError {
  return previewVoid('The preview was already used');
}

function previewVoid(why: string): AppError {
  return new AppError(409, 'preview_void', `${why}: request a new one`);
}

/** Reads a run of a user's rule. @throws NotFoundError when there is none */
export async function findRun({ userId, ruleId, runId }: RunKey): Promise<StoredRun> {
  const run = await RuleRun.findOne({ _id: runId, userId, ruleId }).lean<StoredRun>();
  if (run === null) throw new NotFoundError('There is no such run of this rule');
  return run;
}

/**
 * Cancels a run; completed actions are kept. Idempotent.
 * @throws NotFoundError; AppError 409 run_over when the run was not started or has finished
 */
export async function stopRun(key: RunKey, now: Date): Promise<StoredRun> {
  const { _id, userId, mailboxId } = await findRun(key);
  const status = isIn(openRunStatuses);
  const $set = { status: 'stopped', stopReason: 'Stopped by its owner', finishedAt: now } as const;
  await RuleRun.updateOne({ _id, status }, { $set });
  signalRun({ userId, mailboxId });
  const run = await findRun(key);
  if (run.status === 'stopped') return run;
  throw new AppError(409, 'run_over', `A run that is ${run.status} cannot be stopped`);
}

/** Signals that a run has gone on, or ended. */
export function signalRun({ userId, mailboxId }: Pick<IRuleRun, 'userId' | 'mailboxId'>): void {
  signalChange({ userId: userId.toHexString(), mailboxId: mailboxId.toHexString(), topics: ['runs'] });
}
