import { AppError, NotFoundError } from '../../lib/errors.ts';
import { AuditLog } from '../../models/index.ts';
import { isIn } from '../../models/store/query-operators.ts';
import { workMs } from '../interactive-write.ts';
import { type UndoDeps, undoAct, type Undone } from './undo.ts';

/** The result of undoing one action. */
export type UndoResult =
  | { readonly id: string; readonly ok: true; readonly undone: Undone }
  | { readonly id: string; readonly ok: false; readonly error: AppError };

/**
 * Undoes actions of a user, each independently of the others, the newest first: of several on one message, the oldest
 * decides where it rests. What does not fit into the time that a person waits is not begun.
 * @returns one result per distinct id, in request order
 * @throws errors that concern no action, such as an unavailable store; the call can be repeated
 */
export async function undoMany(
  deps: UndoDeps,
  { userId, ids }: { readonly userId: string; readonly ids: readonly string[] },
): Promise<UndoResult[]> {
  const unique = [...new Set(ids)];
  const rows = await AuditLog.find({ _id: isIn(unique), userId }, 'createdAt')
    .sort({ createdAt: -1, _id: -1 })
    .lean();
  const results = new Map<string, UndoResult>();
  const endsAt = performance.now() + workMs;
  for (const { _id } of rows) {
    const id = _id.toHexString();
    results.set(id, performance.now() > endsAt ? failed(id, timedOut()) : await undoOne(deps, { userId, auditId: id }));
  }
  return unique.map((id) => results.get(id) ?? failed(id, new NotFoundError('There is no such audit entry')));
}

async function undoOne(deps: UndoDeps, key: { userId: string; auditId: string }): Promise<UndoResult> {
  try {
    return { id: key.auditId, ok: true, undone: await undoAct(deps, key) };
  } catch (error) {
    if (error instanceof AppError) return failed(key.auditId, error);
    throw error;
  }
}

function failed(id: string, error: AppError): UndoResult {
  return { id, ok: false, error };
}

function timedOut(): AppError {
  return new AppError(503, 'timed_out', 'Not processed in time: try again');
}
