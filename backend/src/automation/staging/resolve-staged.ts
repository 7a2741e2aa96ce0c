import type { Types } from 'mongoose';
import { concernsOneMessage } from '../graph-faults.ts';
import { recoverOpenActions } from '../recover-actions.ts';
import { executeStaged, type ExecutionCause } from './execute-staged.ts';
import { type Ending, rescueStaged } from './rescue-staged.ts';
import { readOpenRow, recordFault, type StagedRow } from './staged-row.ts';
import type { StagingContext } from './staging-context.ts';

/** Attempts on a message that its owner or another call keeps changing. */
const maxAttempts = 3;

/**
 * Rescues a staged message that is claimed for a rescue, and executes any other.
 * @param cause recorded as the cause of an execution
 * @returns undefined when the message had ended already
 * @throws GraphError, stored with the message if it concerns only this one; LeaseLostError; the signal's reason
 */
export async function resolveStaged(
  context: StagingContext,
  id: Types.ObjectId,
  cause: ExecutionCause = 'expiry',
): Promise<Ending | undefined> {
  return withFaultRecorded(context, id, async () => {
    await recoverOpenActions(context.lease, (await readOpenRow(id))?.messageId);
    return retryWhileContested(id, (row) =>
      row.status === 'rescuing' ? rescueStaged(context, row, rescueCauseOf(row)) : executeStaged(context, row, cause),
    );
  });
}

/** A claim for a message that was moved or undone meanwhile counts as the owner's. */
function rescueCauseOf({ rescueReason }: StagedRow) {
  return rescueReason === undefined || rescueReason === 'moved_by_owner' || rescueReason === 'undone'
    ? 'owner'
    : rescueReason;
}

/**
 * Repeats `work` with the current row while it ends as `contested`, up to three times.
 * @returns the last ending; undefined when the row had ended before the first attempt
 */
export async function retryWhileContested(
  id: Types.ObjectId,
  work: (row: StagedRow) => Promise<Ending>,
): Promise<Ending | undefined> {
  let ending: Ending | undefined;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const row = await readOpenRow(id);
    if (row === undefined) return ending;
    ending = await work(row);
    if (ending !== 'contested') return ending;
  }
  return ending;
}

/** Runs `work` and stores its failure with the message, so that a retry waits longer each time. */
export async function withFaultRecorded(
  { lease }: StagingContext,
  id: Types.ObjectId,
  work: () => Promise<Ending | undefined>,
): Promise<Ending | undefined> {
  try {
    const ending = await work();
    if (ending === 'refused') await record('Graph refuses to move the message');
    return ending;
  } catch (error) {
    if (concernsOneMessage(error)) await record(error.message);
    throw error;
  }

  async function record(message: string): Promise<void> {
    const row = await readOpenRow(id);
    if (row !== undefined) await recordFault(row, message, lease.clock());
  }
}
