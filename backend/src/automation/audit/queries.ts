import mongoose, { type FilterQuery, Types } from 'mongoose';
import { NotFoundError } from '../../lib/errors.ts';
import { AuditLog, type IAuditLog } from '../../models/index.ts';
import { auditTargetTypes } from '../../models/AuditLog.ts';
import { withQueryTimeout, queryTimeoutMs } from '../../models/store/query-timeout.ts';

export type StoredEntry = IAuditLog & { readonly _id: Types.ObjectId };

/** Which entries of a user; what is left out does not matter. */
export interface AuditFilter {
  readonly userId: string;
  readonly mailboxId?: string | undefined;
  readonly actions?: readonly IAuditLog['action'][] | undefined;
  readonly targetType?: IAuditLog['targetType'] | undefined;
  /** The id of a message, rule, pattern, user or mailbox. */
  readonly targetId?: string | undefined;
  /** Entries about the rule itself, and about what it did. */
  readonly ruleId?: string | undefined;
  readonly from?: Date | undefined;
  /** Not part of it. */
  readonly to?: Date | undefined;
}

/** An entry's place among all: by time, and by id among those of the same time. */
interface AuditPlace {
  readonly timestamp: Date;
  readonly id: string;
}

export interface AuditPage {
  readonly entries: StoredEntry[];
  /** Where the next page begins; missing on the last. */
  readonly next?: AuditPlace;
}

/**
 * A decision about a pattern that is written down and has not come true, and may never: that it is there says nothing.
 * Index-wise it is looked at row by row; there are few of them.
 */
const isNoMereIntent: FilterQuery<IAuditLog> = {
  $or: [
    { targetType: mongoose.trusted({ $ne: 'pattern' }) },
    { 'details.by': mongoose.trusted({ $ne: 'owner' }) },
    { 'details.finishedAt': mongoose.trusted({ $exists: true }) },
  ],
};

/** One page of entries, the newest first. @throws AppError 503 too_much */
export async function listAudit(
  filter: AuditFilter,
  { limit, after }: { readonly limit: number; readonly after?: AuditPlace | undefined },
): Promise<AuditPage> {
  const parts = await Promise.all(partsOf(filter.ruleId).map((part) => ask(toQuery(filter, part, after), limit + 1)));
  const found = newestFirst(parts);
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  if (found.length <= limit || last === undefined) return { entries };
  return { entries, next: { timestamp: last.createdAt, id: last._id.toHexString() } };
}

/** @throws NotFoundError when the user has no such entry */
export async function findAuditEntry(userId: string, auditId: string): Promise<StoredEntry> {
  const entry = await AuditLog.findOne({ _id: auditId, userId, ...isNoMereIntent }).lean<StoredEntry>();
  if (entry === null) throw new NotFoundError('There is no such entry of the audit log');
  return entry;
}

function ask(query: FilterQuery<IAuditLog>, limit: number): Promise<StoredEntry[]> {
  const question = AuditLog.find(query)
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredEntry[]>();
  return withQueryTimeout(question.exec());
}

function newestFirst(parts: readonly StoredEntry[][]): StoredEntry[] {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  const byId = new Map(parts.flat().map((entry) => [entry._id.toHexString(), entry]));
  return [...byId.values()].toSorted(
    (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a._id.toHexString() < b._id.toHexString() ? 1 : -1),
  );
}

/** What was done to a rule and what it did are asked for one by one: each part has an index of its own. */
function partsOf(ruleId: string | undefined): FilterQuery<IAuditLog>[][] {
  if (ruleId === undefined) return [[]];
  return [[{ targetType: 'rule', targetId: ruleId }], [{ 'details.ruleId': ruleId }]];
}

function toQuery(
  filter: AuditFilter,
  part: readonly FilterQuery<IAuditLog>[],
  after: AuditPlace | undefined,
): FilterQuery<IAuditLog> {
  const { userId, mailboxId, actions } = filter;
  const time = withinTime(filter, after);
  return {
    userId,
    ...(mailboxId === undefined ? {} : { mailboxId }),
    ...(actions === undefined ? {} : { action: mongoose.trusted({ $in: [...actions] }) }),
    ...ofTarget(filter),
    ...(Object.keys(time).length === 0 ? {} : { createdAt: mongoose.trusted(time) }),
    $and: [isNoMereIntent, ...part, ...(after === undefined ? [] : [{ $or: olderThan(after) }])],
  };
}

/** The index of targets begins with their type. */
function ofTarget({ targetType, targetId }: AuditFilter): FilterQuery<IAuditLog> {
  if (targetId === undefined) return targetType === undefined ? {} : { targetType };
  return { targetType: targetType ?? mongoose.trusted({ $in: [...auditTargetTypes] }), targetId };
}

/** The place bounds the time by itself, too: the store begins to read there. */
function withinTime({ from, to }: AuditFilter, after: AuditPlace | undefined) {
  return {
    ...(from === undefined ? {} : { $gte: from }),
    ...(to === undefined ? {} : { $lt: to }),
    ...(after === undefined ? {} : { $lte: after.timestamp }),
  };
}

function olderThan({ timestamp, id }: AuditPlace): FilterQuery<IAuditLog>[] {
  const _id = mongoose.trusted({ $lt: new Types.ObjectId(id) });
  return [{ createdAt: mongoose.trusted({ $lt: timestamp }) }, { createdAt: timestamp, _id }];
}
