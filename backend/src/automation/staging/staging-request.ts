import type { Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { type IStagedEmail, StagedEmail } from '../../models/index.ts';
import { heldError } from '../kill-switch.ts';
import type { Ending } from './rescue-staged.ts';
import { isOver, type StagedRow } from './staged-row.ts';

/** The operation that an owner asks for. */
export type StagingRequest = 'rescue' | 'execute';

/** The result for one message. `rescuing`: the rescue is stored and follows shortly. */
export type StagingResult =
  | { readonly id: string; readonly ok: true; readonly status: IStagedEmail['status'] }
  | { readonly id: string; readonly ok: false; readonly error: AppError };

const conflict = 'Another operation on this message is in progress: try again';
const refusals: Readonly<Record<IStagedEmail['status'], string>> = {
  staged: conflict,
  executing: conflict,
  executed: 'The message is in Deleted Items already: use undo to restore it',
  rescued: 'The message was rescued already',
  rescuing: 'A rescue of this message is in progress',
  expired: 'The message was permanently deleted',
};

export function failed(id: string, error: AppError): StagingResult {
  return { id, ok: false, error };
}

/** Returns the result for a message that needs no work; undefined while it is open. */
export function resultOfOver(row: StagedRow, request: StagingRequest): StagingResult | undefined {
  const { _id, status } = row;
  const id = _id.toHexString();
  if (request === 'rescue' && status === 'rescued') return { id, ok: true, status };
  return isOver(row) || (request === 'execute' && status === 'rescuing') ? failed(id, notStaged(status)) : undefined;
}

/** Returns the result of an attempt. @param ending undefined when the message had ended before the attempt */
export async function resultOf(
  rowId: Types.ObjectId,
  request: StagingRequest,
  ending: Ending | undefined,
): Promise<StagingResult> {
  const id = rowId.toHexString();
  if (ending === 'executed' || ending === 'rescued') return { id, ok: true, status: ending };
  if (ending === 'expired') return failed(id, new AppError(409, 'message_gone', refusals.expired));
  if (ending === 'refused') {
    return failed(id, new AppError(502, 'graph_refused', 'Microsoft refused to move the message: try again later'));
  }
  const row = await StagedEmail.findById(rowId).lean<StagedRow>();
  if (ending === 'paused' && row !== null) return failed(id, await heldError(row.mailboxId));
  return (row === null ? undefined : resultOfOver(row, request)) ?? failed(id, notStaged(row?.status ?? 'executed'));
}

function notStaged(status: IStagedEmail['status']): AppError {
  return new AppError(409, 'not_staged', refusals[status]);
}
