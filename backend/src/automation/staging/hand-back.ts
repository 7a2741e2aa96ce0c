import { dayMs } from '../../lib/durations.ts';
import { Mailbox, StagedEmail } from '../../models/index.ts';
import { openStagingStatuses } from '../../models/StagedEmail.ts';
import { pausedBy } from '../kill-switch.ts';
import { concernsOneMessage } from '../graph-faults.ts';
import { withWriteLease, type WriteDeps, type WriteLease } from '../write-lease.ts';
import { StagingComparison } from './compare-staging.ts';
import { resolveStaged } from './resolve-staged.ts';
import { releaseUndueClaims } from './staged-row.ts';
import { readStagingContext } from './staging-context.ts';
import { isIn } from '../../models/store/query-operators.ts';

interface Disconnection {
  readonly mailboxId: string;
  /** Aborts the rescues; `leave` is called in any case. */
  readonly signal: AbortSignal;
  /** Ends MSEDB's access to the mailbox, or to write to it; idempotent. */
  readonly leave: () => Promise<void>;
  /** Why the mail is put back; `mailbox_left` when it is left out. */
  readonly reason?: 'mailbox_left' | 'look_only';
}

export interface HandedBack {
  /** Number of messages that stay in the staging folder: the kill switch is on, or they could not be moved. */
  readonly left: number;
  /** The error that ended the rescues early. */
  readonly failure?: unknown;
}

const isOpen = isIn(openStagingStatuses);
const waitMs = 10_000;

/**
 * Rescues the staged mail of a mailbox that is about to be left, since MSEDB cannot write to it afterwards, and then
 * calls `leave`. The write lease is held throughout, so that nothing else is staged meanwhile.
 * @throws the error of `leave`; a failed rescue is returned and does not prevent the disconnection
 */
export async function handBackStaged(
  deps: WriteDeps,
  { mailboxId, signal, leave, reason = 'mailbox_left' }: Disconnection,
): Promise<HandedBack> {
  const mailbox = await Mailbox.findById(mailboxId, 'isConnected').lean();
  let failure: unknown;
  try {
    if (mailbox?.isConnected === true) {
      await withWriteLease(deps, { mailboxId, signal, waitMs }, async (lease) => {
        await rescueAll(lease, reason).catch((error: unknown) => (failure = error));
        await leave();
      });
    }
  } catch (error) {
    failure = error;
  }
  if (mailbox?.isConnected !== true || failure !== undefined) await leave();
  const left = await StagedEmail.countDocuments({ mailboxId, status: isOpen });
  return { left, ...(failure === undefined ? {} : { failure }) };
}

/** @throws the first error that concerns more than one message */
async function rescueAll(lease: WriteLease, rescueReason: 'mailbox_left' | 'look_only'): Promise<void> {
  const { mailboxId, clock, signal } = lease;
  await findOrphans(lease);
  const rows = await StagedEmail.find({ mailboxId, status: isOpen }, '_id').lean();
  if (rows.length === 0 || (await pausedBy(mailboxId)) !== undefined) return;
  await releaseUndueClaims(mailboxId, clock());
  const $set = { status: 'rescuing' as const, rescueReason };
  await StagedEmail.updateMany({ mailboxId, status: 'staged' }, { $set, $unset: { fault: 1, nextTryAt: 1 } });
  const context = await readStagingContext(lease);
  for (const { _id } of rows) {
    signal.throwIfAborted();
    try {
      await resolveStaged(context, _id);
    } catch (error) {
      if (!concernsOneMessage(error)) throw error; // an error of one message is stored with that message
    }
  }
}

/** Gives a row to each message in the staging folder that has none. If that fails, the others are put back all the same. */
async function findOrphans(lease: WriteLease): Promise<void> {
  const comparison = new StagingComparison({ stagingMs: dayMs });
  try {
    while (await comparison.step(lease, Number.POSITIVE_INFINITY)) lease.signal.throwIfAborted();
  } catch (error) {
    if (!concernsOneMessage(error)) throw error;
  }
}
