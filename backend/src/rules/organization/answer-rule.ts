import type { Types } from 'mongoose';
import mongoose from 'mongoose';
import { AppError, mailboxNotFound } from '../../lib/errors.ts';
import { type IMailbox, Mailbox } from '../../models/index.ts';
import type { IRuleAnswer } from '../../models/fields/rule-answers.ts';
import { type NewIntent, withIntent } from '../../models/store/intent-log.ts';
import { isNot } from '../../models/store/query-operators.ts';
import { answerOf, definitionVersionOf, standingBy } from './acceptance.ts';
import { rescueStagedOfRule } from '../changes/rescue-staged-of-rule.ts';
import type { StoredRule } from '../stored-rule.ts';
import { findRule } from '../stored-rules.ts';

/** The rule that an owner answers, and where. */
export interface AnswerKey {
  readonly userId: string;
  readonly ruleId: string;
  /** One of the user's mailboxes; all of them if left out. */
  readonly mailboxId?: string | undefined;
}

type AnsweringMailbox = Pick<IMailbox, 'userId' | 'ruleAnswers'> & { readonly _id: Types.ObjectId };

/**
 * Accepts a rule of the organization in mailboxes of the caller. Idempotent. An acceptance is of the conditions and
 * actions that the caller has seen: it counts for no others, even if an admin changes the rule at the same moment.
 * @param version the version of the rule that the caller has seen
 * @throws NotFoundError; AppError 409 rule_changed, not_organizations
 */
export async function acceptRule(key: AnswerKey, version: number): Promise<StoredRule> {
  const rule = await findOrganizationRule(key);
  requireSeen(rule, version);
  for (const mailbox of await findMailboxes(key)) {
    if (standingBy(rule, answerOf(rule, mailbox)) === 'accepted') continue;
    const answer = answerTo(rule, 'accepted');
    await withIntent(answerIntent(rule, mailbox, answer), () => write(mailbox, answer));
  }
  const now = await findOrganizationRule(key);
  requireSeen(now, version);
  return now;
}

/**
 * Declines a rule of the organization in mailboxes of the caller: it does nothing there until it is accepted, also when
 * it is changed. Marks the mail it has staged there for rescue. Idempotent.
 * @returns the rule, and the mailboxes in which mail waits to be rescued
 * @throws NotFoundError; AppError 409 not_organizations
 */
export async function declineRule(
  key: AnswerKey,
): Promise<{ readonly rule: StoredRule; readonly mailboxIds: readonly Types.ObjectId[] }> {
  const rule = await findOrganizationRule(key);
  const mailboxIds: Types.ObjectId[] = [];
  for (const mailbox of await findMailboxes(key)) {
    const answer = answerTo(rule, 'declined');
    if (standingBy(rule, answerOf(rule, mailbox)) !== 'declined') {
      await withIntent(answerIntent(rule, mailbox, answer), async () => {
        const written = await write(mailbox, answer);
        if (written !== undefined) await rescueStagedOfRule(rule._id, mailbox._id);
        return written;
      });
    }
    mailboxIds.push(...(await rescueStagedOfRule(rule._id, mailbox._id)));
  }
  return { rule, mailboxIds };
}

/** Removes the answers to a rule that was deleted. */
export async function forgetAnswers({ _id, scope }: Pick<StoredRule, '_id' | 'scope'>): Promise<void> {
  if (scope !== 'org') return;
  const ruleId = _id.toHexString();
  await Mailbox.updateMany({ 'ruleAnswers.ruleId': ruleId }, { $pull: { ruleAnswers: { ruleId } } });
}

async function findOrganizationRule(key: AnswerKey): Promise<StoredRule> {
  const rule = await findRule(key);
  if (rule.scope === 'org') return rule;
  const message = 'This rule is your own, and needs no acceptance: enable or disable it instead';
  throw new AppError(409, 'not_organizations', message);
}

function requireSeen(rule: StoredRule, version: number): void {
  if (version >= definitionVersionOf(rule) && version <= rule.version) return;
  throw new AppError(409, 'rule_changed', 'The rule was changed since you saw it: look at it again, then answer', {
    details: { version: rule.version },
  });
}

async function findMailboxes({ userId, mailboxId }: AnswerKey): Promise<AnsweringMailbox[]> {
  const filter = { userId, ...(mailboxId === undefined ? {} : { _id: mailboxId }) };
  const mailboxes = await Mailbox.find(filter, 'userId ruleAnswers').sort({ _id: 1 }).lean<AnsweringMailbox[]>();
  if (mailboxes.length === 0) throw mailboxNotFound();
  return mailboxes;
}

function answerTo(rule: StoredRule, answer: IRuleAnswer['answer']): IRuleAnswer {
  return { ruleId: rule._id.toHexString(), answer, version: definitionVersionOf(rule), at: new Date() };
}

/** @returns undefined if the same was answered meanwhile */
async function write({ _id, userId }: AnsweringMailbox, row: IRuleAnswer): Promise<true | undefined> {
  const { ruleId, answer, version } = row;
  const own = { _id, userId };
  const $pull = { suspendedRules: { ruleId } };
  const first = await Mailbox.updateOne(
    { ...own, 'ruleAnswers.ruleId': isNot(ruleId) },
    { $push: { ruleAnswers: row }, $pull },
  );
  if (first.modifiedCount > 0) return true;
  const another = mongoose.trusted({ $elemMatch: { ruleId, $nor: [{ answer, version }] } });
  const next = await Mailbox.updateOne({ ...own, ruleAnswers: another }, { $set: { 'ruleAnswers.$': row }, $pull });
  return next.modifiedCount > 0 ? true : undefined;
}

function answerIntent(rule: StoredRule, mailbox: AnsweringMailbox, { answer, version, at }: IRuleAnswer): NewIntent {
  const { _id: mailboxId, userId } = mailbox;
  const why = `The owner of the mailbox ${answer} what it does`;
  return {
    userId,
    mailboxId,
    action: answer === 'accepted' ? 'rule_accepted' : 'rule_declined',
    targetType: 'rule',
    targetId: rule._id.toHexString(),
    details: { by: 'owner', scope: 'org', name: rule.name, ruleVersion: version, at, why },
  };
}
