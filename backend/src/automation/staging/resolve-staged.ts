import type { Types } from 'mongoose';
import { concernsOneMessage } from '../graph-faults.ts';
import { recoverOpenActions } from '../recover-actions.ts';
import { executeStaged, type ExecutionCause } from './execute-staged.ts';
import { type Ending, rescueStaged } from './rescue-staged.ts';
import { noteFault, readOpenRow, type StagedRow } from './staged-row.ts';
import type { StagingContext } from './staging-context.ts';

/** How often a message is looked at anew when its owner is at it at the same moment. */
const rounds = 3;

/**
 * Brings one staged message to its end: to the one that it is claimed for, otherwise into Deleted Items.
 * @param cause why it is executed, if it is
 * @returns undefined when it was over already
 * @throws GraphError, noted down with the message if it is only about this one; LeaseLostError; the signal's reason
 */
export async function resolveStaged(
  context: StagingContext,
  id: Types.ObjectId,
  cause: ExecutionCause = 'expiry',
): Promise<Ending | undefined> {
  return noting(context, id, async () => {
    await recoverOpenActions(context.lease, (await readOpenRow(id))?.messageId);
    return untilSettled(id, (row) =>
      row.status === 'rescuing' ? rescueStaged(context, row, causeOf(row)) : executeStaged(context, row, cause),
    );
  });
}

function causeOf({ rescueReason }: StagedRow) {
  return rescueReason === undefined || rescueReason === 'moved_by_owner' || rescueReason === 'undone'
    ? 'owner'
    : rescueReason;
}

/** Does it again, with the row as it is then, as long as others are at the message. */
export async function untilSettled(
  id: Types.ObjectId,
  work: (row: StagedRow) => Promise<Ending>,
): Promise<Ending | undefined> {
  let ending: Ending | undefined;
  for (let round = 1; round <= rounds; round += 1) {
    const row = await readOpenRow(id);
    if (row === undefined) return ending;
    ending = await work(row);
    if (ending !== 'contested') return ending;
  }
  return ending;
}

/** Keeps with the message why it could not be brought to its end. */
export async function noting(
  { lease }: StagingContext,
  id: Types.ObjectId,
  work: () => Promise<Ending | undefined>,
): Promise<Ending | undefined> {
  try {
    const ending = await work();
    if (ending === 'refused') await fault('Graph does not move the message');
    return ending;
  } catch (error) {
    if (concernsOneMessage(error)) await fault(error.message);
    throw error;
  }

  async function fault(message: string): Promise<void> {
    const row = await readOpenRow(id);
    if (row !== undefined) await noteFault(row, message, lease.clock());
  }
}
