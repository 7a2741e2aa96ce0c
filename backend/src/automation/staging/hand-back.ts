import mongoose from 'mongoose';
import { Mailbox, StagedEmail } from '../../models/index.ts';
import { pausedBy } from '../kill-switch.ts';
import { concernsOneMessage } from '../graph-faults.ts';
import { withWriteLease, type WriteDeps, type WriteLease } from '../write-lease.ts';
import { resolveStaged } from './resolve-staged.ts';
import { releaseUndue } from './staged-row.ts';
import { readStagingContext } from './staging-context.ts';

interface Leaving {
  readonly mailboxId: string;
  /** Ends handing back, never leaving. */
  readonly signal: AbortSignal;
  /** Ends our access to the mailbox; done twice, nothing changes. */
  readonly leave: () => Promise<void>;
}

export interface HandedBack {
  /** How many messages stay in the staging folder: the kill switch is on, or they could not be moved. */
  readonly left: number;
  /** Why handing back ended early, if it did. */
  readonly failure?: unknown;
}

const open = mongoose.trusted({ $in: ['staged', 'executing', 'rescuing'] });
const waitMs = 10_000;

/**
 * Puts back what waits in the staging folder of a mailbox, as its owner leaves: later nobody could. Until `leave` is
 * over nothing else is staged.
 * @throws what `leave` throws; what hinders handing back does not hinder leaving
 */
export async function handBackStaged(deps: WriteDeps, { mailboxId, signal, leave }: Leaving): Promise<HandedBack> {
  const mailbox = await Mailbox.findById(mailboxId, 'isConnected').lean();
  let failure: unknown;
  try {
    if (mailbox?.isConnected === true) {
      await withWriteLease(deps, { mailboxId, signal, waitMs }, async (lease) => {
        await putAllBack(lease).catch((error: unknown) => (failure = error));
        await leave();
      });
    }
  } catch (error) {
    failure = error;
  }
  if (mailbox?.isConnected !== true || failure !== undefined) await leave();
  const left = await StagedEmail.countDocuments({ mailboxId, status: open });
  return { left, ...(failure === undefined ? {} : { failure }) };
}

/** @throws what concerns the whole mailbox */
async function putAllBack(lease: WriteLease): Promise<void> {
  const { mailboxId, clock, signal } = lease;
  const rows = await StagedEmail.find({ mailboxId, status: open }, '_id').lean();
  if (rows.length === 0 || (await pausedBy(mailboxId)) !== undefined) return;
  await releaseUndue(mailboxId, clock());
  const $set = { status: 'rescuing', rescueReason: 'mailbox_left' } as const;
  await StagedEmail.updateMany({ mailboxId, status: 'staged' }, { $set, $unset: { fault: 1, nextTryAt: 1 } });
  const context = await readStagingContext(lease);
  for (const { _id } of rows) {
    signal.throwIfAborted();
    try {
      await resolveStaged(context, _id);
    } catch (error) {
      if (!concernsOneMessage(error)) throw error; // of one message, it is noted down with it
    }
  }
}
