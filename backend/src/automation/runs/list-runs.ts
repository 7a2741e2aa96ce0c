import { Types } from 'mongoose';
import { RuleRun } from '../../models/index.ts';
import { openRunStatuses, type RunStatus } from '../../models/RuleRun.ts';
import { isIn, isNot } from '../../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';
import type { StoredRun } from './runs.ts';

/** Runs are kept for 30 days; the newest of a rule are shown. */
const maxShown = 50;

/** A run that is queued or under way. */
export interface ActiveRun {
  readonly id: string;
  readonly status: RunStatus;
  /** Messages that are finished. */
  readonly done: number;
  readonly total: number;
}

/** Returns the runs of a rule that were started, the newest first, at most 50. @throws AppError 503 too_much */
export function listRuns({ userId, ruleId }: { userId: string; ruleId: string }): Promise<StoredRun[]> {
  const query = RuleRun.find({ userId, ruleId, status: isNot('previewed') })
    .sort({ _id: -1 })
    .limit(maxShown)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredRun[]>();
  return withQueryTimeout(query.exec());
}

/** Returns the newest open run of each rule that has one, by the id of the rule. @throws AppError 503 too_much */
export async function readActiveRuns(
  userId: string,
  ruleIds: readonly Types.ObjectId[],
): Promise<ReadonlyMap<string, ActiveRun>> {
  if (ruleIds.length === 0) return new Map();
  const open = { userId: new Types.ObjectId(userId), ruleId: isIn(ruleIds), status: isIn(openRunStatuses) };
  const query = RuleRun.aggregate<{ _id: Types.ObjectId; ruleId: Types.ObjectId } & Omit<ActiveRun, 'id'>>([
    { $match: open },
    { $sort: { _id: 1 } },
    { $project: { ruleId: 1, status: 1, done: '$position', total: { $size: '$messageIds' } } },
  ]).option({ maxTimeMS: queryTimeoutMs });
  const rows = await withQueryTimeout(query.exec());
  return new Map(
    rows.map(({ _id, ruleId, status, done, total }) => [
      ruleId.toHexString(),
      { id: _id.toHexString(), status, done, total },
    ]),
  );
}
