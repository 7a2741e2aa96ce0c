import mongoose, { type FilterQuery, Types } from 'mongoose';
import { NotFoundError } from '../../lib/errors.ts';
import { AuditLog, type IAuditLog } from '../../models/index.ts';
import { auditTargetTypes } from '../../models/AuditLog.ts';
import { withQueryTimeout, queryTimeoutMs } from '../../models/store/query-timeout.ts';
import { before, exists, isIn, isNot } from '../../models/store/query-operators.ts';

export type StoredEntry = IAuditLog & { readonly _id: Types.ObjectId };

/** Selects entries of a user; a field that is left out does not restrict. */
export interface AuditFilter {
  readonly userId: string;
  readonly mailboxId?: string | undefined;
  readonly actions?: readonly IAuditLog['action'][] | undefined;
  readonly targetType?: IAuditLog['targetType'] | undefined;
  /** The id of a message, rule, pattern, user or mailbox. */
  readonly targetId?: string | undefined;
  /** Selects entries about the rule itself and about its actions. */
  readonly ruleId?: string | undefined;
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
}

/** A position in the list: by time, and by id among entries of the same time. */
interface AuditCursor {
  readonly timestamp: Date;
  readonly id: string;
}

export interface AuditPage {
  readonly entries: StoredEntry[];
  /** The start of the next page; missing on the last page. */
  readonly next?: AuditCursor;
}

/**
 * Leaves out intents of pattern decisions: they are logged before the decision takes effect, and may never do so. No
 * index serves this filter; there are few such rows.
 */
const isNotOpenIntent: FilterQuery<IAuditLog> = {
  $or: [{ targetType: isNot('pattern') }, { 'details.by': isNot('owner') }, { 'details.finishedAt': exists() }],
};

/** Returns one page of entries, the newest first. @throws AppError 503 too_much */
export async function listAudit(
  filter: AuditFilter,
  { limit, after: cursor }: { readonly limit: number; readonly after?: AuditCursor | undefined },
): Promise<AuditPage> {
  const parts = await Promise.all(
    partsOf(filter.ruleId).map((part) => runQuery(toQuery(filter, part, cursor), limit + 1)),
  );
  const found = newestFirst(parts);
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  if (found.length <= limit || last === undefined) return { entries };
  return { entries, next: { timestamp: last.createdAt, id: last._id.toHexString() } };
}

/** Reads one entry of a user. @throws NotFoundError when there is none */
export async function findAuditEntry(userId: string, auditId: string): Promise<StoredEntry> {
  const entry = await AuditLog.findOne({ _id: auditId, userId, ...isNotOpenIntent }).lean<StoredEntry>();
  if (entry === null) throw new NotFoundError('There is no such audit entry');
  return entry;
}

function runQuery(filter: FilterQuery<IAuditLog>, limit: number): Promise<StoredEntry[]> {
  const query = AuditLog.find(filter)
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredEntry[]>();
  return withQueryTimeout(query.exec());
}

function newestFirst(parts: readonly StoredEntry[][]): StoredEntry[] {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  const byId = new Map(parts.flat().map((entry) => [entry._id.toHexString(), entry]));
  return [...byId.values()].toSorted(
    (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a._id.toHexString() < b._id.toHexString() ? 1 : -1),
  );
}

/** Splits the entries about a rule and those about its actions into two queries: each has an index of its own. */
function partsOf(ruleId: string | undefined): FilterQuery<IAuditLog>[][] {
  if (ruleId === undefined) return [[]];
  return [[{ targetType: 'rule', targetId: ruleId }], [{ 'details.ruleId': ruleId }]];
}

function toQuery(
  filter: AuditFilter,
  part: readonly FilterQuery<IAuditLog>[],
  cursor: AuditCursor | undefined,
): FilterQuery<IAuditLog> {
  const { userId, mailboxId, actions } = filter;
  const time = withinTime(filter, cursor);
  return {
    userId,
    ...(mailboxId === undefined ? {} : { mailboxId }),
    ...(actions === undefined ? {} : { action: isIn(actions) }),
    ...ofTarget(filter),
    ...(Object.keys(time).length === 0 ? {} : { createdAt: mongoose.trusted(time) }),
    $and: [isNotOpenIntent, ...part, ...(cursor === undefined ? [] : [{ $or: olderThan(cursor) }])],
  };
}

/** Names all types when none is given: the index of targets begins with the type. */
function ofTarget({ targetType, targetId }: AuditFilter): FilterQuery<IAuditLog> {
  if (targetId === undefined) return targetType === undefined ? {} : { targetType };
  return { targetType: targetType ?? isIn(auditTargetTypes), targetId };
}

/** Bounds the time by the cursor as well, so that the store starts reading there. */
function withinTime({ from, to }: AuditFilter, cursor: AuditCursor | undefined) {
  return {
    ...(from === undefined ? {} : { $gte: from }),
    ...(to === undefined ? {} : { $lt: to }),
    ...(cursor === undefined ? {} : { $lte: cursor.timestamp }),
  };
}

function olderThan({ timestamp, id }: AuditCursor): FilterQuery<IAuditLog>[] {
  const _id = before(new Types.ObjectId(id));
  return [{ createdAt: before(timestamp) }, { createdAt: timestamp, _id }];
}
