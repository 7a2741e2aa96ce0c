import { AuditLog, type IAuditLog } from '../models/index.ts';
import { Types } from 'mongoose';

// Glossary: an entry is the row of the audit log that tells of one change. It is written before the change, *open*, and
// closed after it; what a crash leaves open is closed or dropped by `settleRuleEntries`.

/** What is told of a change. */
export interface NewEntry {
  /** Given where something beside the entry names it, or where it must not be written twice. */
  readonly _id?: Types.ObjectId;
  readonly userId: string | Types.ObjectId;
  readonly mailboxId?: string | Types.ObjectId | undefined;
  readonly action: IAuditLog['action'];
  readonly targetType: IAuditLog['targetType'];
  readonly targetId: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Makes a change that is in the audit log from before it takes effect until for ever.
 * @param change returns undefined when it changed nothing: then the entry is taken away. When it throws, nobody knows
 * whether it took effect: the entry stays open
 */
export async function withEntry<T>(entry: NewEntry, change: () => Promise<T | undefined>): Promise<T | undefined> {
  const _id = entry._id ?? new Types.ObjectId();
  await AuditLog.create(rowOf({ ...entry, _id }));
  const result = await change();
  await (result === undefined ? AuditLog.deleteOne({ _id }) : closeEntry(_id));
  return result;
}

/** Writes entries of which each is closed by itself. */
export async function openEntries(entries: readonly NewEntry[]): Promise<void> {
  await AuditLog.insertMany(entries.map(rowOf));
}

export async function closeEntry(_id: Types.ObjectId): Promise<void> {
  await AuditLog.updateOne({ _id }, { $unset: { openSince: 1 } });
}

function rowOf({ mailboxId, ...entry }: NewEntry) {
  return { ...entry, ...(mailboxId === undefined ? {} : { mailboxId }), openSince: new Date() };
}
