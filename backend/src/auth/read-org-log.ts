import mongoose, { type FilterQuery, Types } from 'mongoose';
import { type IOrgLog, OrgLog, type OrgLogKind, User } from '../models/index.ts';
import { logIdOf } from '../models/store/org-log.ts';
import { before, isIn } from '../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../models/store/query-timeout.ts';

/** Selects entries; a field that is left out does not restrict. */
export interface OrgLogFilter {
  readonly kinds?: readonly OrgLogKind[] | undefined;
  /** The id of a user, or a `logId`. */
  readonly actor?: string | undefined;
  /** The id of a user, or a `logId`. */
  readonly target?: string | undefined;
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
}

interface OrgLogCursor {
  readonly timestamp: Date;
  readonly id: string;
}

type StoredOrgEntry = IOrgLog & { readonly _id: Types.ObjectId };

/** A person of an entry. Without `userId` their account is deleted. */
interface LoggedPerson {
  readonly logId: string;
  readonly userId: string | null;
  readonly email: string | null;
}

export interface OrgLogItem {
  readonly row: StoredOrgEntry;
  readonly actor: LoggedPerson | null;
  readonly target: LoggedPerson | null;
}

/** Returns one page of the organization's log, the newest first. @throws AppError 503 too_much */
export async function listOrgLog(
  filter: OrgLogFilter,
  { limit, after: cursor }: { readonly limit: number; readonly after?: OrgLogCursor | undefined },
): Promise<{ readonly items: OrgLogItem[]; readonly next?: OrgLogCursor }> {
  const query = OrgLog.find(await toQuery(filter, cursor))
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit + 1)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredOrgEntry[]>();
  const found = await withQueryTimeout(query.exec());
  const rows = found.slice(0, limit);
  const items = await withPeople(rows);
  const last = rows.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  return { items, next: { timestamp: last.createdAt, id: last._id.toHexString() } };
}

async function toQuery(
  { kinds, actor, target, from, to }: OrgLogFilter,
  cursor: OrgLogCursor | undefined,
): Promise<FilterQuery<IOrgLog>> {
  const time = {
    $gte: from ?? new Date(0), // without a bound DocumentDB sorts the whole log
    ...(to === undefined ? {} : { $lt: to }),
    ...(cursor === undefined ? {} : { $lte: cursor.timestamp }),
  };
  return {
    ...(kinds === undefined ? {} : { kind: isIn(kinds) }),
    ...(actor === undefined ? {} : { actor: await toLogId(actor) }),
    ...(target === undefined ? {} : { target: await toLogId(target) }),
    createdAt: mongoose.trusted(time),
    ...(cursor === undefined ? {} : { $or: olderThan(cursor) }),
  };
}

async function toLogId(given: string): Promise<Types.ObjectId> {
  const id = new Types.ObjectId(given);
  return (await logIdOf(id)) ?? id;
}

function olderThan({ timestamp, id }: OrgLogCursor): FilterQuery<IOrgLog>[] {
  return [{ createdAt: before(timestamp) }, { createdAt: timestamp, _id: before(new Types.ObjectId(id)) }];
}

async function withPeople(rows: readonly StoredOrgEntry[]): Promise<OrgLogItem[]> {
  const named = rows.flatMap(({ actor, target }) => [actor, target]).filter((id) => id !== undefined);
  const users = await User.find({ logId: isIn(named) }, 'logId email').lean();
  const known = new Map(users.map((user) => [user.logId?.toHexString(), user]));
  const personOf = (logId: Types.ObjectId | undefined): LoggedPerson | null => {
    if (logId === undefined) return null;
    const user = known.get(logId.toHexString());
    return { logId: logId.toHexString(), userId: user?._id.toHexString() ?? null, email: user?.email ?? null };
  };
  return rows.map((row) => ({ row, actor: personOf(row.actor), target: personOf(row.target) }));
}
