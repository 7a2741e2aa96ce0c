import { Types } from 'mongoose';
import { dayMs } from '../../lib/durations.ts';
import { AuditLog, type IAuditLog } from '../../models/index.ts';
import { isIn, since } from '../../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';

/** What a rule did in 30 days, and what its owner took back, in messages. */
export interface RuleMonth {
  readonly applied: number;
  readonly rescued: number;
  readonly undone: number;
}

const columnOf: Partial<Record<IAuditLog['action'], keyof RuleMonth>> = {
  rule_executed: 'applied',
  email_staged: 'applied',
  email_rescued: 'rescued',
  undo_action: 'undone',
};

export const idleMonth: RuleMonth = { applied: 0, rescued: 0, undone: 0 };

/**
 * Counts what rules did for a user in the last 30 days. Rules that did nothing are left out.
 * @param now milliseconds since the epoch
 * @returns the numbers, by the id of the rule
 * @throws AppError 503 too_much
 */
export async function countRuleMonths(
  userId: string,
  ruleIds: readonly Types.ObjectId[],
  now: number,
): Promise<ReadonlyMap<string, RuleMonth>> {
  if (ruleIds.length === 0) return new Map();
  const query = AuditLog.aggregate<{ _id: { ruleId: string; action: IAuditLog['action'] }; messages: number }>([
    {
      $match: {
        userId: new Types.ObjectId(userId),
        'details.ruleId': isIn(ruleIds.map((id) => id.toHexString())),
        createdAt: since(new Date(now - 30 * dayMs)),
        'details.result': 'done',
      },
    },
    { $group: { _id: { ruleId: '$details.ruleId', action: '$action' }, messages: { $sum: 1 } } },
  ]).option({ maxTimeMS: queryTimeoutMs });
  const months = new Map<string, RuleMonth>();
  for (const { _id, messages } of await withQueryTimeout(query.exec())) {
    const column = columnOf[_id.action];
    if (column === undefined) continue;
    const month = months.get(_id.ruleId) ?? idleMonth;
    months.set(_id.ruleId, { ...month, [column]: month[column] + messages });
  }
  return months;
}
