import type { FilterQuery, Types } from 'mongoose';
import { AppError, NotFoundError } from '../lib/errors.ts';
import { type IRule, Mailbox, Rule } from '../models/index.ts';
import { queryTimeoutMs, withQueryTimeout } from '../models/store/query-timeout.ts';
import type { StoredRule } from './stored-rule.ts';
import type { RuleList } from './rule-priority.ts';
import { orderedRules } from './order.ts';

/** Who asks for a rule, or changes one. */
interface RuleCaller {
  readonly userId: string;
  readonly isAdmin: boolean;
}

/** Which rule, and for whom. */
export interface RuleKey extends RuleCaller {
  readonly ruleId: string;
}

/**
 * What is decided about the pattern that a rule comes from, when the rule goes or comes back. Rules stand below
 * patterns, so it is passed in.
 */
export type PatternDecision = (key: {
  readonly userId: string;
  readonly patternId: string;
}) => Promise<{ readonly changed: boolean }>;

/** @throws NotFoundError when there is no such rule of the user, nor of the organization */
export async function findRule({ userId, ruleId }: Omit<RuleKey, 'isAdmin'>): Promise<StoredRule> {
  const mine = [{ userId }, { scope: 'org' as const }];
  const rule = await Rule.findOne({ _id: ruleId, $or: mine }).lean<StoredRule>();
  if (rule === null) throw new NotFoundError('There is no such rule');
  return rule;
}

/** @throws NotFoundError as above; AppError 403 admins_only for a rule of the organization, unless an admin asks */
export async function findChangeableRule(key: RuleKey): Promise<StoredRule> {
  const rule = await findRule(key);
  if (rule.scope === 'org' && !key.isAdmin) {
    throw new AppError(403, 'admins_only', 'Only admins change the rules of the organization');
  }
  return rule;
}

/** The rules of a list in the order in force. */
export async function readOrdered(list: RuleList): Promise<StoredRule[]> {
  const [rules, mailbox] = await Promise.all([
    Rule.find({ ...list }).lean<StoredRule[]>(),
    list.scope === 'user' ? Mailbox.findById(list.mailboxId, 'ruleOrder').lean() : null,
  ]);
  return orderedRules(rules, mailbox?.ruleOrder);
}

/**
 * What a user sees of rules: those of their mailboxes, each list in the order in force, then the organization's.
 * @param mailboxId only those that are in force for it
 * @throws AppError 503 too_much
 */
export async function listRules(userId: string, mailboxId: string | undefined): Promise<StoredRule[]> {
  const mailboxes = await Mailbox.find({ userId, ...(mailboxId === undefined ? {} : { _id: mailboxId }) }, 'ruleOrder')
    .sort({ _id: 1 })
    .lean();
  const filter: FilterQuery<IRule> = { userId, scope: 'user', ...(mailboxId === undefined ? {} : { mailboxId }) };
  const query = Rule.find(filter).maxTimeMS(queryTimeoutMs).lean<StoredRule[]>();
  const rules = await withQueryTimeout(query.exec());
  const own = mailboxes.flatMap(({ _id, ruleOrder }) =>
    orderedRules(
      rules.filter((rule) => isOf(rule, _id)),
      ruleOrder,
    ),
  );
  return [...own, ...(await readOrdered({ scope: 'org' }))];
}

function isOf({ mailboxId }: StoredRule, id: Types.ObjectId): boolean {
  return mailboxId?.equals(id) === true;
}
