import mongoose, { type Types } from 'mongoose';
import { AppError, NotFoundError } from '../../lib/errors.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import { type IRuleRun, Mailbox, Rule, RuleRun } from '../../models/index.ts';
import type { OwnedMailbox } from '../../rules/owned-mailbox.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { requireRunning } from '../kill-switch.ts';
import { readWhitelist } from '../../rules/whitelist.ts';
import { type NewIntent, withIntent } from '../../models/store/intent-log.ts';
import { findRestingMatches, type RestingMessage } from './resting-mail.ts';

// Glossary: a *preview* is the list of messages that a rule would be applied to now; its *token* is the id of the run
// that it becomes when its owner says so, within an hour.

const previewMs = 60 * 60_000;
const sampleSize = 10;

export type StoredRun = IRuleRun & { readonly _id: Types.ObjectId };

export interface Preview {
  readonly token: string;
  readonly endsAt: Date;
  /** How many messages. */
  readonly messages: number;
  /** The newest of them. */
  readonly sample: readonly RestingMessage[];
}

/** Which run of which rule, and whose it must be. */
export interface RunKey {
  readonly userId: string;
  readonly ruleId: string;
  readonly runId: string;
}

/** Lists the messages that a rule would be applied to now. The preview before it is void then. */
export async function previewRule(rule: StoredRule, mailbox: OwnedMailbox, now: Date): Promise<Preview> {
  const { userId, _id: mailboxId } = mailbox;
  const { settings } = await Mailbox.findById(mailboxId, 'settings').orFail().lean();
  const found = await findRestingMatches({ mailbox, rule, whitelist: await readWhitelist(settings) });
  const unused = { userId, ruleId: rule._id, status: 'previewed' } as const;
  await RuleRun.updateMany(unused, { $set: { messageIds: [], previewEndsAt: now } });
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

/**
 * Has a rule applied to exactly the messages of a preview, once.
 * @throws NotFoundError for an unknown token; AppError 409 preview_void when the preview has ended or was used, or the
 * rule is another one by now or off; 409 mailbox_disconnected; 409 automation_paused
 */
export async function queueRun({ userId, ruleId, runId }: RunKey, now: Date): Promise<StoredRun> {
  const run = await findRun({ userId, ruleId, runId });
  const rule = await Rule.findOne({ _id: ruleId, userId, isEnabled: true, version: run.ruleVersion }, 'name').lean();
  if (rule === null) throw previewVoid('The rule has been changed or switched off since the preview');
  const mailbox = await Mailbox.findById(run.mailboxId, 'isConnected').orFail().lean();
  if (!mailbox.isConnected) {
    throw new AppError(409, 'mailbox_disconnected', 'The mailbox is disconnected: connect it again');
  }
  await requireRunning(run.mailboxId);
  if (run.status !== 'previewed') throw usedAlready();
  const facts = { by: 'owner', ruleVersion: run.ruleVersion, messages: run.messageIds.length, name: rule.name };
  const details = { ...facts, runId, why: 'Applied by hand to mail that is there already' };
  const intent = { _id: run._id, userId, mailboxId: run.mailboxId, targetType: 'rule', targetId: ruleId } as const;
  const queued = await withRunIntent({ ...intent, action: 'rule_run', details }, () => queue(run, now));
  if (queued === undefined) throw previewVoid('The preview has ended');
  return queued;
}

/** Of two who use a token at once, the second one finds the intent of the first. */
async function withRunIntent(
  intent: NewIntent,
  change: () => Promise<StoredRun | undefined>,
): Promise<StoredRun | undefined> {
  try {
    return await withIntent(intent, change);
  } catch (error) {
    if (isDuplicateKey(error)) throw usedAlready();
    throw error;
  }
}

async function queue({ _id }: StoredRun, now: Date): Promise<StoredRun | undefined> {
  const usable = { _id, status: 'previewed', previewEndsAt: mongoose.trusted({ $gt: now }) } as const;
  const change = { $set: { status: 'queued' } } as const;
  const run = await RuleRun.findOneAndUpdate(usable, change, { returnDocument: 'after' }).lean<StoredRun>();
  return run ?? undefined;
}

function usedAlready(): AppError {
  return previewVoid('The preview was used already');
}

function previewVoid(why: string): AppError {
  return new AppError(409, 'preview_void', `${why}: ask for a new one`);
}

/** @throws NotFoundError when the user has no such run of this rule */
export async function findRun({ userId, ruleId, runId }: RunKey): Promise<StoredRun> {
  const run = await RuleRun.findOne({ _id: runId, userId, ruleId }).lean<StoredRun>();
  if (run === null) throw new NotFoundError('There is no such run of this rule');
  return run;
}

/**
 * Ends a run before its end; what it has done stays done. Stopping a stopped one changes nothing.
 * @throws NotFoundError; AppError 409 run_over when there is nothing to stop
 */
export async function stopRun(key: RunKey, now: Date): Promise<StoredRun> {
  const { _id } = await findRun(key);
  const status = mongoose.trusted({ $in: ['queued', 'running'] });
  const $set = { status: 'stopped', stopReason: 'Stopped by its owner', finishedAt: now } as const;
  await RuleRun.updateOne({ _id, status }, { $set });
  const run = await findRun(key);
  if (run.status === 'stopped') return run;
  throw new AppError(409, 'run_over', `A run that is ${run.status} cannot be stopped`);
}
