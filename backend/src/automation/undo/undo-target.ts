import { AppError, NotFoundError } from '../../lib/errors.ts';
import { dayMs } from '../../lib/durations.ts';
import { AuditLog } from '../../models/index.ts';
import { Types } from 'mongoose';
import { type MailAction, mailActionOf } from '../action-log.ts';
import type { StoredEntry } from '../audit/queries.ts';
import type { MessageProperties } from '../../models/fields/message-properties.ts';

export interface UndoKey {
  readonly userId: string;
  readonly auditId: string;
}

/** An act, and the properties of its message that undoing it restores. */
export interface UndoTarget {
  readonly act: MailAction;
  readonly before: MessageProperties;
}

/** Reads an act on a message. @throws NotFoundError; AppError 409 not_undoable for any other audit entry */
export async function readAct({ userId, auditId }: UndoKey): Promise<MailAction> {
  return (await readRow({ userId, auditId })).act;
}

/**
 * Reads an act that can be undone now, and what undoing it restores.
 * @param time undoDays: days for which an act can be undone; now: milliseconds since the epoch
 * @throws NotFoundError; AppError 409 not_undoable, already_undone, undo_expired
 */
export async function readUndoTarget(
  key: UndoKey,
  { undoDays, now }: { readonly undoDays: number; readonly now: number },
): Promise<UndoTarget> {
  const { row, act } = await readRow(key);
  if (row.undoneAt !== undefined) throw new AppError(409, 'already_undone', 'This action was already undone');
  if (!row.undoable) {
    throw new AppError(
      409,
      'not_undoable',
      'There is nothing to undo: the action changed nothing, or its message was rescued',
    );
  }
  if (row.createdAt.getTime() < now - undoDays * dayMs) {
    throw new AppError(409, 'undo_expired', `The undo period of ${undoDays} days has expired`);
  }
  return { act, before: await propertiesBefore(act) };
}

async function readRow({ userId, auditId }: UndoKey): Promise<{ readonly row: StoredEntry; readonly act: MailAction }> {
  const row = await AuditLog.findOne({ _id: auditId, userId }).lean<StoredEntry>();
  if (row === null) throw new NotFoundError('There is no such audit entry');
  const act = mailActionOf(row);
  if (act === undefined) throw new AppError(409, 'not_undoable', 'Only actions on messages can be undone');
  return { row, act };
}

/** Returns the properties before an act; for a deletion of staged mail, those before it was staged. */
export async function propertiesBefore(act: MailAction): Promise<MessageProperties> {
  if (act.action !== 'email_executed') return act.details.before;
  const stored = await AuditLog.findById(new Types.ObjectId(act.details.stagedBy)).lean<StoredEntry>();
  const staging = stored === null ? undefined : mailActionOf(stored);
  return (staging ?? act).details.before;
}
