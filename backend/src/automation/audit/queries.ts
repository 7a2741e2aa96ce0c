import mongoose, { type FilterQuery, Types } from 'mongoose';
import { AppError, NotFoundError } from '../../lib/errors.ts';
import { AuditLog, type IAuditLog } from '../../models/index.ts';
import { auditTargetTypes } from '../../models/AuditLog.ts';

/** The store gives a question of a person up after this time. */
const questionLimitMs = 5_000;
const timeLimitExceeded = 50;

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
  const question = AuditLog.find(toQuery(filter, after))
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit + 1)
    .maxTimeMS(questionLimitMs)
    .lean<StoredEntry[]>();
  const found = await answerOf(question.exec());
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

function toQuery(filter: AuditFilter, after: AuditPlace | undefined): FilterQuery<IAuditLog> {
  const { userId, mailboxId, actions, ruleId } = filter;
  const time = withinTime(filter, after);
  return {
    userId,
    ...(mailboxId === undefined ? {} : { mailboxId }),
    ...(actions === undefined ? {} : { action: mongoose.trusted({ $in: [...actions] }) }),
    ...ofTarget(filter),
    ...(Object.keys(time).length === 0 ? {} : { createdAt: mongoose.trusted(time) }),
    $and: [
      isNoMereIntent,
      ...(ruleId === undefined
        ? []
        : [{ $or: [{ targetType: 'rule', targetId: ruleId }, { 'details.ruleId': ruleId }] }]),
      ...(after === undefined ? [] : [{ $or: olderThan(after) }]),
    ],
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

async function answerOf<T>(question: PromiseLike<T>): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === timeLimitExceeded)) throw cause;
    throw new AppError(503, 'too_much', 'This takes too long: ask about a shorter time', { cause });
  }
}
