import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../lib/errors.ts';
import { type IRule, Pattern, Rule } from '../../models/index.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import type { RecordedDecision } from './decision-log.ts';
import { rescueStagedOfRule } from '../../rules/changes/rescue-staged-of-rule.ts';
import type { RuleDraft } from '../../rules/rule-draft.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { nextPriority, placeLast } from '../../rules/rule-priority.ts';
import { triggerOf } from '../../rules/trigger.ts';
import { stampField } from '../stored-pattern.ts';

const maxAttempts = 10;

/**
 * Makes the rule of a pattern follow a decision: enables it with the definition of the decision, or with its own if the
 * decision has none; or disables it, and marks the mail it has staged for rescue. Any number of processes may do it at
 * once, and late: the pattern is read after the rule, and the rule is written only if it is unchanged since it was read
 * (optimistic concurrency), so a decision that was replaced changes nothing. A rule that is deleted while an approval is
 * under way is created again.
 * @throws AppError 503 busy if others change the rule all the time
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
  throw new AppError(503, 'busy', 'The rule of this pattern is being changed concurrently: try again');
}

async function stands({ patternId, userId, to, at }: RecordedDecision): Promise<boolean> {
  return (await Pattern.exists({ _id: patternId, userId, status: to, [stampField(to)]: at })) !== null;
}

/** @returns false if another change was first */
async function writeRule(rule: StoredRule, decision: RecordedDecision, attempt: number): Promise<boolean> {
  // a first write raises the version, which keeps earlier writers out: later attempts need not write what is there
  if (attempt === 0 || !follows(rule, decision)) {
    const { matchedCount } = await Rule.updateOne({ _id: rule._id, version: rule.version }, changeOf(decision));
    if (matchedCount === 0) return false;
  }
  if (decision.to !== 'approved') await rescueStagedOfRule(rule._id);
  return true;
}

function follows(stored: IRule, { to, rule }: RecordedDecision): boolean {
  const { isEnabled, conditions, actions } = stored;
  if (to !== 'approved') return !isEnabled;
  if (rule === undefined) return isEnabled;
  if (!isEnabled || !isDeepStrictEqual(triggerOf(stored), triggerOf(rule))) return false;
  return isDeepStrictEqual(conditions, rule.conditions) && isDeepStrictEqual(actions, actionsOf(rule));
}

/** Creates the rule of a pattern if it has none, disabled: the decision then enables it. */
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
      trigger: triggerOf(rule),
      ...(rule.stagingHours === undefined ? {} : { stagingHours: rule.stagingHours }),
      createdBy: userId,
    });
    await placeLast(_id, list);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/** The version grows with every decision, even if the definition stays: a late writer notices. */
function changeOf({ to, rule }: RecordedDecision) {
  const $inc = { version: 1 } as const;
  if (to !== 'approved') return { $set: { isEnabled: false }, $inc };
  const $unset = { suspendedAt: 1, suspendedReason: 1 } as const;
  if (rule === undefined) return { $set: { isEnabled: true }, $unset, $inc } as const;
  const { name, conditions, stagingHours } = rule;
  const words = { isEnabled: true, name, conditions, actions: actionsOf(rule), trigger: triggerOf(rule) } as const;
  if (stagingHours === undefined) return { $set: words, $unset: { ...$unset, stagingHours: 1 }, $inc } as const;
  return { $set: { ...words, stagingHours }, $unset, $inc } as const;
}

function actionsOf({ action }: RuleDraft): IRule['actions'] {
  return [{ ...action, order: 0 }];
}
