import { type FilterQuery, Types } from 'mongoose';
import type { ActionType } from '../../models/fields/action-types.ts';
import { type IPattern, Pattern } from '../../models/index.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';
import type { StoredPattern } from '../stored-pattern.ts';
import { after, before, isIn, since } from '../../models/store/query-operators.ts';

/** Selects patterns of a user; a field left out does not filter. */
export interface PatternFilter {
  readonly userId: string;
  readonly mailboxId?: string | undefined;
  readonly statuses?: readonly IPattern['status'][] | undefined;
  readonly patternType?: IPattern['patternType'] | undefined;
  readonly actionType?: ActionType | undefined;
  /** Percent. */
  readonly minConfidence?: number | undefined;
}

/** The position of a pattern in a list ordered by descending confidence, then by id. */
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

interface PatternPageRequest {
  readonly limit: number;
  readonly after?: PatternCursor | undefined;
  /** Milliseconds that the store may take; its usual limit if left out. */
  readonly timeoutMs?: number;
}

/** Returns one page of patterns, the highest confidence first. @throws AppError 503 too_much */
export async function listPatterns(
  filter: PatternFilter,
  { limit, after: cursor, timeoutMs = queryTimeoutMs }: PatternPageRequest,
): Promise<PatternPage> {
  const query = Pattern.find({ ...toQuery(filter), ...following(cursor) }, '-evidence')
    .sort({ confidence: -1, _id: 1 })
    .limit(limit + 1)
    .maxTimeMS(timeoutMs)
    .lean<StoredPattern[]>();
  const found = await withQueryTimeout(query.exec());
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
    ...(statuses === undefined ? {} : { status: isIn(statuses) }),
    ...(patternType === undefined ? {} : { patternType }),
    ...(actionType === undefined ? {} : { 'suggestedAction.actionType': actionType }),
    ...(minConfidence === undefined ? {} : { confidence: since(minConfidence) }),
  };
}

function following(cursor: PatternCursor | undefined): FilterQuery<IPattern> {
  if (cursor === undefined) return {};
  const { confidence } = cursor;
  const _id = after(new Types.ObjectId(cursor.id));
  return { $or: [{ confidence: before(confidence) }, { confidence, _id }] };
}
