import { AppError, NotFoundError } from '../../lib/errors.ts';
import { AuditLog, type IAuditLog } from '../../models/index.ts';
import { Types } from 'mongoose';
import { type MailAction, mailActionOf } from '../action-log.ts';
import type { MessageProperties } from '../../models/fields/message-properties.ts';

export interface UndoKey {
  readonly userId: string;
  readonly auditId: string;
}

/** What is to be undone, and how the message stood before. */
export interface UndoTarget {
  readonly act: MailAction;
  readonly before: MessageProperties;
}

type StoredRow = IAuditLog & { readonly _id: Types.ObjectId };

const dayMs = 24 * 60 * 60_000;

/** @throws NotFoundError; AppError 409 not_undoable for what is no act on a message */
export async function readAct({ userId, auditId }: UndoKey): Promise<MailAction> {
  return (await readRow({ userId, auditId })).act;
}

/**
 * What undoing an entry of the audit log restores.
 * @param time undoDays: for how long an act can be undone; now: milliseconds since the epoch
 * @throws NotFoundError; AppError 409 not_undoable, already_undone, undo_expired
 */
export async function readUndoTarget(
  key: UndoKey,
  { undoDays, now }: { readonly undoDays: number; readonly now: number },
): Promise<UndoTarget> {
  const { row, act } = await readRow(key);
  if (row.undoneAt !== undefined) throw new AppError(409, 'already_undone', 'It was undone already');
  if (!row.undoable) {
    throw new AppError(409, 'not_undoable', 'There is nothing of it to undo: it changed nothing, or was rescued');
  }
  if (row.createdAt.getTime() < now - undoDays * dayMs) {
    throw new AppError(409, 'undo_expired', `It can be undone for ${undoDays} days, and they are over`);
  }
  return { act, before: await propertiesBefore(act) };
}

async function readRow({ userId, auditId }: UndoKey): Promise<{ readonly row: StoredRow; readonly act: MailAction }> {
  const row = await AuditLog.findOne({ _id: auditId, userId }).lean<StoredRow>();
  if (row === null) throw new NotFoundError('The audit log has no such entry');
  const act = mailActionOf(row);
  if (act === undefined) throw new AppError(409, 'not_undoable', 'This is not something that was done to a message');
  return { row, act };
}

/** What was staged and then deleted goes back to where it was before it was staged. */
export async function propertiesBefore(act: MailAction): Promise<MessageProperties> {
  if (act.action !== 'email_executed') return act.details.before;
  const stored = await AuditLog.findById(new Types.ObjectId(act.details.stagedBy)).lean<StoredRow>();
  const staging = stored === null ? undefined : mailActionOf(stored);
  return (staging ?? act).details.before;
}
