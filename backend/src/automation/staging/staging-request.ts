import type { Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { type IStagedEmail, StagedEmail } from '../../models/index.ts';
import { AutomationPausedError } from '../kill-switch.ts';
import type { Ending } from './rescue-staged.ts';
import { isOver, type StagedRow } from './staged-row.ts';

/** What an owner wants of a staged message. */
export type StagingRequest = 'rescue' | 'execute';

/** What became of one message. `rescuing`: it will be rescued in a moment. */
export type StagingResult =
  | { readonly id: string; readonly ok: true; readonly status: IStagedEmail['status'] }
  | { readonly id: string; readonly ok: false; readonly error: AppError };

const overInWords: Readonly<Record<IStagedEmail['status'], string>> = {
  staged: 'Others are at it at this moment: try again',
  executing: 'Others are at it at this moment: try again',
  executed: 'It is in Deleted Items already: undo brings it back',
  rescued: 'It was rescued already',
  rescuing: 'It is about to be rescued',
  expired: 'It is gone: somebody has deleted it for good',
};

export function failed(id: string, error: AppError): StagingResult {
  return { id, ok: false, error };
}

/** The result for a message with which nothing is to be done any more; undefined while it waits. */
export function resultOfOver(row: StagedRow, request: StagingRequest): StagingResult | undefined {
  const { _id, status } = row;
  const id = _id.toHexString();
  if (request === 'rescue' && status === 'rescued') return { id, ok: true, status };
  return isOver(row) || (request === 'execute' && status === 'rescuing') ? failed(id, notStaged(status)) : undefined;
}

/** The result of having tried. @param ending undefined when it was over before it could be tried */
export async function resultOf(
  rowId: Types.ObjectId,
  request: StagingRequest,
  ending: Ending | undefined,
): Promise<StagingResult> {
  const id = rowId.toHexString();
  if (ending === 'executed' || ending === 'rescued') return { id, ok: true, status: ending };
  if (ending === 'expired') return failed(id, new AppError(409, 'message_gone', overInWords.expired));
  if (ending === 'paused') return failed(id, new AutomationPausedError());
  if (ending === 'refused') {
    return failed(id, new AppError(502, 'graph_refused', 'Microsoft does not move the message: try again later'));
  }
  const row = await StagedEmail.findById(rowId).lean<StagedRow>();
  return (row === null ? undefined : resultOfOver(row, request)) ?? failed(id, notStaged(row?.status ?? 'executed'));
}

function notStaged(status: IStagedEmail['status']): AppError {
  return new AppError(409, 'not_staged', overInWords[status]);
}
