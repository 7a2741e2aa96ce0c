import type { Types } from 'mongoose';
import { AuditLog, Mailbox, MessageState, StagedEmail } from '../../models/index.ts';
import { folderKindFinder } from '../../models/fields/folder-kinds.ts';
import { openStagingStatuses } from '../../models/StagedEmail.ts';
import { exists, isIn } from '../../models/store/query-operators.ts';
import { actionsOn } from '../action-log.ts';
import type { WriteLease } from '../write-lease.ts';
import { acceptDeletion, acceptMove } from './accept-owner-change.ts';
import { findStaged } from './find-staged.ts';
import { readOpenRow, recordEnd } from './staged-row.ts';
import { readStagingContext, type StagingContext } from './staging-context.ts';

/**
 * Returns the open rows whose message was seen outside of the staging folder since it was staged: its owner has moved or
 * deleted it, or it is gone. Asks the store only.
 * @returns ids of rows
 */
export async function readDeparted(mailboxId: Types.ObjectId | string): Promise<readonly Types.ObjectId[]> {
  const open = { mailboxId, status: isIn(openStagingStatuses) };
  const rows = await StagedEmail.find(open, 'messageId stagedAt').lean();
  if (rows.length === 0) return [];
  const mailbox = await Mailbox.findById(mailboxId, 'folders stagingFolderId').lean();
  if (mailbox === null) return [];
  const messageId = isIn(rows.map((row) => row.messageId));
  const states = await MessageState.find({ mailboxId, messageId }, 'messageId folderId observedAt')
    .batchSize(rows.length + 1)
    .lean();
  const kindOf = folderKindFinder(mailbox);
  const outside = new Map(
    states.flatMap(({ messageId: id, folderId, observedAt }) =>
      folderId !== undefined && kindOf(folderId) === 'staging' ? [] : [[id, observedAt] as const],
    ),
  );
  return rows.flatMap(({ _id, messageId: id, stagedAt }) => {
    const seenAt = outside.get(id);
    return seenAt !== undefined && seenAt > stagedAt ? [_id] : [];
  });
}

/**
 * Settles the rows whose message was seen outside of the staging folder. Changes nothing in the mailbox, so it works while
 * the kill switch is on.
 * @returns the number of rows settled
 * @throws GraphError; the signal's reason
 */
export async function settleDeparted(lease: WriteLease): Promise<number> {
  const ids = await readDeparted(lease.mailboxId);
  if (ids.length === 0) return 0;
  const context = await readStagingContext(lease);
  let settled = 0;
  for (const id of ids) if (await settleIfDeparted(context, id)) settled += 1;
  return settled;
}

/**
 * Settles the row of a staged message if the message is not in the staging folder any more. A row with an action under
 * way is left to its recovery.
 * @returns true when it was settled
 * @throws GraphError; the signal's reason
 */
export async function settleIfDeparted(context: StagingContext, id: Types.ObjectId): Promise<boolean> {
  context.lease.signal.throwIfAborted();
  const row = await readOpenRow(id);
  if (row === undefined || (await hasOpenAction(context, row.messageId))) return false;
  const found = await findStaged(context, row);
  if (found?.where === 'staging') return false;
  if (found === undefined) await recordEnd(row, { status: 'expired' });
  else if (found.where === 'deleted') await acceptDeletion(row, found);
  else await acceptMove(row, found);
  return true;
}

async function hasOpenAction({ lease }: StagingContext, messageId: string): Promise<boolean> {
  return (await AuditLog.exists({ ...actionsOn(lease.mailboxId, messageId), openSince: exists() })) !== null;
}
