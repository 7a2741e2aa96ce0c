import type { Types } from 'mongoose';
import { Rule } from '../models/index.ts';
import { after } from '../models/store/query-operators.ts';

/** The rules that share one order: those of a mailbox, or those of the organization. */
export type RuleList =
  | {
      readonly scope: 'user';
      readonly userId: string | Types.ObjectId;
      readonly mailboxId: string | Types.ObjectId;
    }
  | { readonly scope: 'org' };

const maxAttempts = 10;

/** Returns the priority after the last one of a list. */
export async function nextPriority(list: RuleList): Promise<number> {
  const last = await Rule.findOne({ ...list }, 'priority')
    .sort({ priority: -1 })
    .lean();
  return last === null ? 0 : last.priority + 1;
}

/**
 * Moves a new rule behind those that were reordered since its priority was chosen. Of two rules created at once, either
 * may be last.
 */
export async function placeLast(ruleId: Types.ObjectId, list: RuleList): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const rule = await Rule.findById(ruleId, 'priority').lean();
    if (rule === null) return;
    const behind = after(rule.priority);
    if ((await Rule.exists({ ...list, priority: behind })) === null) return;
    const { priority } = rule;
    await Rule.updateOne({ _id: ruleId, priority }, { $set: { priority: await nextPriority(list) } });
  }
}
