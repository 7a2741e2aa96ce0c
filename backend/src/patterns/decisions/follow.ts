import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../lib/errors.ts';
import { type IRule, Pattern, Rule } from '../../models/index.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import type { RecordedDecision } from './decision-log.ts';
import { rescueStagedOfRule } from '../../rules/rescue-staged-of-rule.ts';
import type { RuleDraft } from '../../rules/rule-draft.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { nextPriority, placeLast } from '../../rules/rule-priority.ts';
import { stampField } from '../stored-pattern.ts';

const maxAttempts = 10;

/**
 * Makes the rule of a pattern follow a decision: enabled with the words of the decision, or with its own where the
 * decision has none; or disabled, and what it has staged marked to be taken back. Any number of processes may do it at
 * once, and late: the pattern is read after the rule, and the rule is written only as it was read, so a decision that was
 * overtaken changes nothing. A rule that is deleted while an approval is under way is made again.
 * @throws AppError 503 when others change the rule all the time
 */
export async function followDecision(decision: RecordedDecision): Promise<void> {
  const { patternId, userId, to } = decision;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    if (to === 'approved') await ensureRule(decision);
    const rule = await Rule.findOne({ sourcePatternId: patternId, userId }).lean<StoredRule>();
    if (!(await stands(decision))) return;
    if (rule === null) {
      if (to === 'approved' && decision.rule !== undefined) continue;
      return;
    }
    if (await writeRule(rule, decision, attempt)) return;
  }
  throw new AppError(503, 'busy', 'The rule of this pattern is being changed: try again');
}

async function stands({ patternId, userId, to, at }: RecordedDecision): Promise<boolean> {
  return (await Pattern.exists({ _id: patternId, userId, status: to, [stampField(to)]: at })) !== null;
}

/** @returns false when somebody else was first */
async function writeRule(rule: StoredRule, decision: RecordedDecision, attempt: number): Promise<boolean> {
  // once the rule was written after the decision, writers from before it are kept out: it need not be written again
  if (attempt === 0 || !follows(rule, decision)) {
    const { matchedCount } = await Rule.updateOne({ _id: rule._id, version: rule.version }, changeOf(decision));
    if (matchedCount === 0) return false;
  }
  if (decision.to !== 'approved') await rescueStagedOfRule(rule._id);
  return true;
}

function follows({ isEnabled, conditions, actions }: IRule, { to, rule }: RecordedDecision): boolean {
  if (to !== 'approved') return !isEnabled;
  if (rule === undefined) return isEnabled;
  return isEnabled && isDeepStrictEqual(conditions, rule.conditions) && isDeepStrictEqual(actions, actionsOf(rule));
}

/** The rule of a pattern that was never approved is made without effect. */
async function ensureRule(decision: RecordedDecision): Promise<void> {
  const { patternId, userId, mailboxId, rule } = decision;
  if (rule === undefined || (await Rule.exists({ sourcePatternId: patternId })) !== null) return;
  if (!(await stands(decision))) return;
  const { name, conditions } = rule;
  const list = { scope: 'user', userId, mailboxId } as const;
  try {
    const { _id } = await Rule.create({
      userId,
      mailboxId,
      name,
      sourcePatternId: patternId,
      isEnabled: false,
      version: 0,
      priority: await nextPriority(list),
      conditions,
      actions: actionsOf(rule),
      createdBy: userId,
    });
    await placeLast(_id, list);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/** The version grows with every decision, also where the words stay: a late writer notices. */
function changeOf({ to, rule }: RecordedDecision) {
  const $inc = { version: 1 } as const;
  if (to !== 'approved') return { $set: { isEnabled: false }, $inc };
  const words = rule === undefined ? {} : { name: rule.name, conditions: rule.conditions, actions: actionsOf(rule) };
  return { $set: { isEnabled: true, ...words }, $unset: { suspendedAt: 1, suspendedReason: 1 }, $inc } as const;
}

function actionsOf({ action }: RuleDraft): IRule['actions'] {
  return [{ ...action, order: 0 }];
}
