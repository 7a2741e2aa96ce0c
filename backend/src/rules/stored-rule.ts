import type { Types } from 'mongoose';
import { type IRule, Rule } from '../models/index.ts';
import { queryTimeoutMs, withQueryTimeout } from '../models/store/query-timeout.ts';
import { isIn } from '../models/store/query-operators.ts';

/** A rule as the database holds it. */
export type StoredRule = IRule & { readonly _id: Types.ObjectId };

/** Returns the rules of these patterns, by the id of the pattern. @throws AppError 503 too_much */
export async function readRulesOf(
  userId: string,
  patterns: readonly { readonly _id: Types.ObjectId }[],
): Promise<ReadonlyMap<string, StoredRule>> {
  if (patterns.length === 0) return new Map();
  const sourcePatternId = isIn(patterns.map(({ _id }) => _id));
  const query = Rule.find({ userId, sourcePatternId }).maxTimeMS(queryTimeoutMs).lean<StoredRule[]>();
  const rules = await withQueryTimeout(query.exec());
  return new Map(rules.flatMap((rule) => (rule.sourcePatternId ? [[rule.sourcePatternId.toString(), rule]] : [])));
}
