import type { FilterQuery, Types } from 'mongoose';
import { AppError, NotFoundError } from '../lib/errors.ts';
import { type IRule, Mailbox, Rule } from '../models/index.ts';
import { queryTimeoutMs, withQueryTimeout } from '../models/store/query-timeout.ts';
import type { StoredRule } from './stored-rule.ts';
import type { RuleList } from './rule-priority.ts';
import { orderedRules } from './order.ts';

/** The user who reads or changes a rule. */
interface RuleCaller {
  readonly userId: string;
  readonly isAdmin: boolean;
}

/** A rule, and the user who reads or changes it. */
export interface RuleKey extends RuleCaller {
  readonly ruleId: string;
}

/**
 * Decides about the pattern of a rule that is deleted or switched on. It is passed in, because rules may not import
 * patterns.
 */
export type PatternDecision = (key: {
  readonly userId: string;
  readonly patternId: string;
}) => Promise<{ readonly changed: boolean }>;

/** Finds a rule of the user or of the organization. @throws NotFoundError */
export async function findRule({ userId, ruleId }: Omit<RuleKey, 'isAdmin'>): Promise<StoredRule> {
  const mine = [{ userId }, { scope: 'org' as const }];
  const rule = await Rule.findOne({ _id: ruleId, $or: mine }).lean<StoredRule>();
  if (rule === null) throw new NotFoundError('There is no such rule');
  return rule;
}

/** Finds a rule that the user may change. @throws NotFoundError; AppError 403 admins_only */
export async function findChangeableRule(key: RuleKey): Promise<StoredRule> {
  const rule = await findRule(key);
  if (rule.scope === 'org' && !key.isAdmin) {
    throw new AppError(403, 'admins_only', 'Only admins change the rules of the organization');
  }
  return rule;
}

/** Returns the rules of a list in the order in force. */
export async function readOrdered(list: RuleList): Promise<StoredRule[]> {
  const [rules, mailbox] = await Promise.all([
    Rule.find({ ...list }).lean<StoredRule[]>(),
    list.scope === 'user' ? Mailbox.findById(list.mailboxId, 'ruleOrder').lean() : null,
  ]);
  return orderedRules(rules, mailbox?.ruleOrder);
}

/**
 * Returns the rules that a user sees: those of their mailboxes, each list in the order in force, then the organization's.
 * @param mailboxId limits them to those in force for one mailbox
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
