import { Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { Rule } from '../../models/index.ts';
import { withIntent } from '../../models/store/intent-log.ts';
import type { StoredRule } from '../stored-rule.ts';
import { nextPriority, placeLast, type RuleList } from '../rule-priority.ts';
import { ruleIntent } from './rule-intent.ts';
import { requireWriteAccess } from '../write-access.ts';
import { findRule } from '../stored-rules.ts';
import { type RuleWords, storedWords } from '../rule-definition.ts';

/** Every incoming message is compared with every rule of its mailbox. */
const maxRules = 1_000;

export interface NewRule {
  readonly list: RuleList;
  readonly words: RuleWords;
  readonly isEnabled: boolean;
  /** Id of the user, or of the admin, who creates it. */
  readonly by: string;
}

/**
 * Creates a rule, with the lowest precedence of its list.
 * @throws AppError 409 too_many_rules, write_access_needed for one that is enabled
 */
export async function createRule({ list, words, isEnabled, by }: NewRule): Promise<StoredRule> {
  if (isEnabled && list.scope === 'user') await requireWriteAccess(list.mailboxId);
  await requireRoom(list, 1);
  const _id = new Types.ObjectId();
  const created = { ...storedWords(words), isEnabled, version: 1 };
  const mailboxId = list.scope === 'user' ? new Types.ObjectId(list.mailboxId) : undefined;
  const intent = ruleIntent(
    { _id, scope: list.scope, ...(mailboxId === undefined ? {} : { mailboxId }) },
    { action: 'rule_created', by, before: null, after: { ...words, isEnabled, version: 1 }, why: 'Written by hand' },
  );
  await withIntent(intent, async () => {
    const priority = await nextPriority(list);
    return Rule.create({ _id, userId: by, ...list, ...created, priority, createdBy: by });
  });
  await placeLast(_id, list);
  return findRule({ userId: by, ruleId: _id.toString() });
}

/** Checks that a list has room for more rules. @throws AppError 409 too_many_rules */
export async function requireRoom(list: RuleList, further: number): Promise<void> {
  if ((await Rule.countDocuments({ ...list })) + further <= maxRules) return;
  throw new AppError(409, 'too_many_rules', `There can be at most ${maxRules} rules: delete some first`);
}
