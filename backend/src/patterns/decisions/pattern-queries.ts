import mongoose, { type FilterQuery, Types } from 'mongoose';
import type { ActionType } from '../../models/fields/action-types.ts';
import { type IPattern, Pattern } from '../../models/index.ts';
import type { StoredPattern } from '../stored-pattern.ts';

/** The store gives a question of a person up after this time. */
const queryTimeoutMs = 5_000;

/** Which patterns of a user; what is left out does not matter. */
export interface PatternFilter {
  readonly userId: string;
  readonly mailboxId?: string | undefined;
  readonly statuses?: readonly IPattern['status'][] | undefined;
  readonly patternType?: IPattern['patternType'] | undefined;
  readonly actionType?: ActionType | undefined;
  /** Percent. */
  readonly minConfidence?: number | undefined;
}

/** A pattern's place among all: the surest first, and by id among those that are equally sure. */
export interface PatternCursor {
  readonly confidence: number;
  readonly id: string;
}

export interface PatternPage {
  /** Without their evidence. */
  readonly patterns: Omit<StoredPattern, 'evidence'>[];
  /** Where the next page begins; missing on the last. */
  readonly next?: PatternCursor;
}

/** One page of patterns, the surest first. */
export async function listPatterns(
  filter: PatternFilter,
  { limit, after }: { readonly limit: number; readonly after?: PatternCursor | undefined },
): Promise<PatternPage> {
  const found = await Pattern.find({ ...toQuery(filter), ...following(after) }, '-evidence')
    .sort({ confidence: -1, _id: 1 })
    .limit(limit + 1)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredPattern[]>()
    .exec();
  const patterns = found.slice(0, limit);
  const last = patterns.at(-1);
  if (found.length <= limit || last === undefined) return { patterns };
  return { patterns, next: { confidence: last.confidence, id: last._id.toString() } };
}

function toQuery(filter: PatternFilter): FilterQuery<IPattern> {
  const { userId, mailboxId, statuses, patternType, actionType, minConfidence } = filter;
  return {
    userId,
    ...(mailboxId === undefined ? {} : { mailboxId }),
    ...(statuses === undefined ? {} : { status: mongoose.trusted({ $in: [...statuses] }) }),
    ...(patternType === undefined ? {} : { patternType }),
    ...(actionType === undefined ? {} : { 'suggestedAction.actionType': actionType }),
    ...(minConfidence === undefined ? {} : { confidence: mongoose.trusted({ $gte: minConfidence }) }),
  };
}

function following(after: PatternCursor | undefined): FilterQuery<IPattern> {
  if (after === undefined) return {};
  const { confidence } = after;
  const _id = mongoose.trusted({ $gt: new Types.ObjectId(after.id) });
  return { $or: [{ confidence: mongoose.trusted({ $lt: confidence }) }, { confidence, _id }] };
}
