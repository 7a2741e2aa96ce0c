import { Types } from 'mongoose';
import { z } from 'zod';
import { AuditLog, Mailbox, Rule, RuleRun } from '../../models/index.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import {
  closeIntent,
  type OpenIntent,
  type RecoveryReport,
  recoverEach,
  recoverIntents,
  underWayMs,
} from '../../models/store/intent-log.ts';
import { completeRuleOrder } from './complete-order.ts';
import { rescueStagedOfRule } from './rescue-staged-of-rule.ts';
import { isSameEffect, storedWords, wordsOf } from '../rule-definition.ts';
import { ruleSnapshot } from './rule-intent.ts';
import { nextPriority } from '../rule-priority.ts';
import type { StoredRule } from '../stored-rule.ts';
import { exists, isIn } from '../../models/store/query-operators.ts';

/**
 * Recovers the changes of rules, of all users, that a crash left open. To be run after decisions about patterns are
 * recovered: they change rules, too. Any number of processes may do it at once, beside changes that are under way.
 * @param now milliseconds since the epoch
 */
export async function recoverRuleIntents(now: number): Promise<RecoveryReport> {
  const action = isIn(completions.keys());
  const report = await recoverIntents({ action }, { complete, dropBefore: new Date(now - underWayMs) });
  const failure = report.failure ?? (await completeOrders());
  return failure === undefined ? report : { ...report, failure };
}

/** An order whose intent is closed may still be on its way. */
function completeOrders(): Promise<Error | undefined> {
  const underWay = { ruleOrder: exists() };
  return recoverEach(Mailbox.find(underWay, '_id').lean().cursor(), ({ _id }) => completeRuleOrder(_id));
}

async function complete(intent: OpenIntent): Promise<boolean> {
  if ((await completions.get(intent.action)?.(intent)) !== true) return false;
  await closeIntent(intent._id);
  return true;
}

/** Completes a change that took effect. @returns false if it did not; true if that is unknown: it may have */
type Completion = (intent: OpenIntent) => Promise<boolean>;

const completions: ReadonlyMap<OpenIntent['action'], Completion> = new Map<OpenIntent['action'], Completion>([
  ['rule_created', completeCreation],
  ['rule_updated', completeUpdate],
  ['rule_deleted', completeDeletion],
  ['rules_reordered', completeReordering],
  ['rule_run', completeRun],
  ['rule_accepted', completeAnswer],
  ['rule_declined', completeAnswer],
  ['whitelist_updated', isUnknown],
]);

/**
 * The rules of one import belong together: once one of them exists, all intents were written, and those that are missing
 * are created from their intents.
 */
async function completeCreation({ targetId, details, userId, mailboxId }: OpenIntent): Promise<boolean> {
  if ((await Rule.exists({ _id: targetId })) !== null) return true;
  const importId = details?.['importId'];
  const after = ruleSnapshot.safeParse(details?.['after']);
  if (!after.success || mailboxId === undefined || typeof importId !== 'string') return false;
  if (!(await isImportBegun(importId, { userId, mailboxId }))) return false;
  const { isEnabled, version, ...words } = after.data;
  const list = { scope: 'user', userId, mailboxId } as const;
  const rule = { _id: new Types.ObjectId(targetId), ...list, ...storedWords(words), isEnabled, version };
  try {
    await Rule.create({ ...rule, priority: await nextPriority(list), createdBy: userId });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  return true;
}

async function isImportBegun(
  importId: string,
  owner: { readonly userId: Types.ObjectId; readonly mailboxId: Types.ObjectId },
): Promise<boolean> {
  const ofImport = { ...owner, action: 'rule_created', 'details.importId': importId } as const;
  for (const { targetId } of await AuditLog.find(ofImport, 'targetId').lean()) {
    if ((await Rule.exists({ _id: targetId })) !== null) return true;
  }
  return false;
}

const update = z.object({ before: ruleSnapshot, after: ruleSnapshot });

/** A rule that was changed again since, or an intent in an unknown form, does not tell: the change counts as made. */
async function completeUpdate({ targetId, details }: OpenIntent): Promise<boolean> {
  const rule = await Rule.findById(targetId).lean<StoredRule>();
  const { success, data } = update.safeParse(details);
  if (rule === null || !success) return true;
  const { before, after } = data;
  if (rule.version < after.version) return false;
  if (rule.version === after.version && !isAs(rule, after)) return false;
  const switchesOff = before.isEnabled && !after.isEnabled;
  if (switchesOff && !rule.isEnabled) await rescueStagedOfRule(rule._id);
  return true;
}

function isAs(rule: StoredRule, snapshot: z.output<typeof ruleSnapshot>): boolean {
  const words = wordsOf(rule);
  return words.name === snapshot.name && isSameEffect(words, snapshot) && rule.isEnabled === snapshot.isEnabled;
}

async function completeDeletion({ targetId }: OpenIntent): Promise<boolean> {
  if (targetId === undefined || (await Rule.exists({ _id: targetId })) !== null) return false;
  await rescueStagedOfRule(new Types.ObjectId(targetId));
  return true;
}

/**
 * Whoever completes the order of a mailbox closes its intent: without that order, an open intent never took effect. The
 * organization's order is written with one request, and nothing tells whether the store received it.
 */
async function completeReordering({ details, mailboxId }: OpenIntent): Promise<boolean> {
  if (mailboxId === undefined) return true;
  const mailbox = await Mailbox.findById(mailboxId, 'ruleOrder').lean();
  const at = details?.['at'];
  if (!(at instanceof Date) || mailbox?.ruleOrder?.at.getTime() !== at.getTime()) return false;
  await completeRuleOrder(mailboxId);
  return true;
}

async function completeRun({ _id }: OpenIntent): Promise<boolean> {
  return (await RuleRun.exists({ _id, status: 'previewed' })) === null;
}

/** An answer that was replaced meanwhile took effect as well, or never did: the later one tells what holds. */
async function completeAnswer({ action, targetId, mailboxId, details }: OpenIntent): Promise<boolean> {
  const at = details?.['at'];
  if (mailboxId === undefined || targetId === undefined || !(at instanceof Date)) return true;
  const mailbox = await Mailbox.findById(mailboxId, 'ruleAnswers').lean();
  const answer = mailbox?.ruleAnswers?.find(({ ruleId }) => ruleId === targetId);
  if (answer?.at.getTime() !== at.getTime()) return false;
  if (action === 'rule_declined') await rescueStagedOfRule(new Types.ObjectId(targetId), mailboxId);
  return true;
}

async function isUnknown(): Promise<boolean> {
  return true;
}
