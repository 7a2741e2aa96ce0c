import { isDeepStrictEqual } from 'node:util';
import type { Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { type IRule, Pattern, Rule } from '../../models/index.ts';
import { isDuplicateKey } from '../../models/duplicate-key.ts';
import type { RecordedDecision } from './ledger.ts';
import type { RuleDraft } from './rule-draft.ts';
import { stampField } from './stored-pattern.ts';

type StoredRule = IRule & { _id: Types.ObjectId };

const maxRounds = 10;

/**
 * Makes the rule of a pattern follow a decision: enabled with the words of the decision, or disabled. Any number of
 * processes may do it at once, and late: the pattern is read after the rule, and the rule is written only as it was
 * read, so a decision that was overtaken changes nothing.
 * @throws AppError 503 when others change the rule all the time
 */
export async function followDecision(decision: RecordedDecision): Promise<void> {
  const { patternId, userId, to, at } = decision;
  if (to === 'approved') await ensureRule(decision);
  for (let round = 0; round < maxRounds; round += 1) {
    const rule = await Rule.findOne({ sourcePatternId: patternId, userId }).lean<StoredRule>();
    const stands = await Pattern.exists({ _id: patternId, userId, status: to, [stampField(to)]: at });
    if (rule === null || stands === null) return;
    // once the rule was written after the decision, writers from before it are kept out: it need not be written again
    if (round > 0 && follows(rule, decision)) return;
    const { matchedCount } = await Rule.updateOne({ _id: rule._id, version: rule.version }, changeOf(decision));
    if (matchedCount === 1) return;
  }
  throw new AppError(503, 'busy', 'The rule of this pattern is being changed: try again');
}

function follows({ isEnabled, conditions, actions }: IRule, { to, rule }: RecordedDecision): boolean {
  if (to !== 'approved' || rule === undefined) return !isEnabled;
  return isEnabled && isDeepStrictEqual(conditions, rule.conditions) && isDeepStrictEqual(actions, actionsOf(rule));
}

/** The rule of a pattern that was never approved is made without effect. */
async function ensureRule({ patternId, userId, mailboxId, rule }: RecordedDecision): Promise<void> {
  if (rule === undefined || (await Rule.exists({ sourcePatternId: patternId })) !== null) return;
  const { name, conditions } = rule;
  const last = await Rule.findOne({ userId, mailboxId }, 'priority').sort({ priority: -1 }).lean();
  try {
    await Rule.create({
      userId,
      mailboxId,
      name,
      sourcePatternId: patternId,
      isEnabled: false,
      version: 0,
      priority: last === null ? 0 : last.priority + 1,
      conditions,
      actions: actionsOf(rule),
      createdBy: userId,
    });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/** The version grows with every decision, also where the words stay: a late writer notices. */
function changeOf({ to, rule }: RecordedDecision) {
  if (to !== 'approved' || rule === undefined) return { $set: { isEnabled: false }, $inc: { version: 1 } };
  const { name, conditions } = rule;
  return {
    $set: { isEnabled: true, name, conditions, actions: actionsOf(rule) },
    $unset: { suspendedAt: 1, suspendedReason: 1 },
    $inc: { version: 1 },
  } as const;
}

function actionsOf({ action }: RuleDraft): IRule['actions'] {
  return [{ ...action, order: 0 }];
}
