import mongoose, { type Types } from 'mongoose';
import { type IRule, Rule } from '../models/index.ts';
import { queryTimeoutMs } from '../models/store/query-timeout.ts';

/** A rule as the database holds it. */
export type StoredRule = IRule & { readonly _id: Types.ObjectId };

/** The rules of these patterns, by the id of the pattern. */
export async function readRulesOf(
  userId: string,
  patterns: readonly { readonly _id: Types.ObjectId }[],
): Promise<ReadonlyMap<string, StoredRule>> {
  if (patterns.length === 0) return new Map();
  const sourcePatternId = mongoose.trusted({ $in: patterns.map(({ _id }) => _id) });
  const rules = await Rule.find({ userId, sourcePatternId }).maxTimeMS(queryTimeoutMs).lean<StoredRule[]>().exec();
  return new Map(rules.flatMap((rule) => (rule.sourcePatternId ? [[rule.sourcePatternId.toString(), rule]] : [])));
}
