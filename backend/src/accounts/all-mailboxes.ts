import type { Types } from 'mongoose';
import { Mailbox, openStagingStatuses, StagedEmail, User } from '../models/index.ts';
import { after as later, exists, isIn } from '../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../models/store/query-timeout.ts';
import { visibleFields, type VisibleMailbox } from './mailboxes.ts';

/** One page of the mailboxes of all users, with what an admin sees beside the rows. */
export interface AllMailboxesPage {
  readonly mailboxes: readonly VisibleMailbox[];
  /** Address of a user; undefined once the account is deleted. */
  readonly ownerOf: (userId: Types.ObjectId) => string | undefined;
  /** Number of staged messages of a mailbox whose last attempt failed. */
  readonly faultsOf: (mailboxId: Types.ObjectId) => number;
  /** Given as `after`, it brings the next page; undefined on the last. */
  readonly next: Types.ObjectId | undefined;
}

interface PageOfAll {
  readonly limit: number;
  readonly after?: Types.ObjectId | undefined;
}

/** Returns a page of the mailboxes of all users, oldest first. @throws AppError 503 too_much */
export async function listAllMailboxes({ limit, after }: PageOfAll): Promise<AllMailboxesPage> {
  const query = Mailbox.find(after === undefined ? {} : { _id: later(after) }, visibleFields)
    .sort({ _id: 1 })
    .limit(limit + 1)
    .maxTimeMS(queryTimeoutMs)
    .lean<VisibleMailbox[]>();
  const found = await withQueryTimeout(query.exec());
  const mailboxes = found.slice(0, limit);
  const [owners, faults] = await Promise.all([readOwners(mailboxes), countFaults(mailboxes)]);
  return {
    mailboxes,
    ownerOf: (userId) => owners.get(userId.toHexString()),
    faultsOf: (mailboxId) => faults.get(mailboxId.toHexString()) ?? 0,
    next: found.length > limit ? mailboxes.at(-1)?._id : undefined,
  };
}

async function readOwners(mailboxes: readonly VisibleMailbox[]): Promise<ReadonlyMap<string, string>> {
  const ids = isIn(mailboxes.map(({ userId }) => userId));
  const users = await withQueryTimeout(User.find({ _id: ids }, 'email').maxTimeMS(queryTimeoutMs).lean().exec());
  return new Map(users.map(({ _id, email }) => [_id.toHexString(), email]));
}

async function countFaults(mailboxes: readonly VisibleMailbox[]): Promise<ReadonlyMap<string, number>> {
  const mailboxId = isIn(mailboxes.map(({ _id }) => _id));
  const query = StagedEmail.aggregate<{ _id: Types.ObjectId; faults: number }>([
    { $match: { mailboxId, status: isIn(openStagingStatuses), fault: exists() } },
    { $group: { _id: '$mailboxId', faults: { $sum: 1 } } },
  ]).option({ maxTimeMS: queryTimeoutMs });
  const rows = await withQueryTimeout(query.exec());
  return new Map(rows.map(({ _id, faults }) => [_id.toHexString(), faults]));
}
