import type { Types, UpdateQuery } from 'mongoose';
import type { Clock } from '../../lib/clock.ts';
import { type IMailbox, Mailbox } from '../../models/index.ts';
import { MailboxLease } from '../../models/store/mailbox-lease.ts';
import { minuteMs } from '../../lib/durations.ts';

/** Shorter than the time after which a job of a dead process runs again elsewhere. */
const leaseMs = minuteMs;

const fields = [
  'userId',
  'email',
  'deltaLinks',
  'fullRounds',
  'folders',
  'stagingFolderId',
  'formerFolders',
  'watchedSince',
  'identityKey',
  'syncProgress',
  'nextSyncAt',
  'syncIntervalMs',
  'lastSyncAt',
  'connectedAt',
  'unlogged',
  'readFault',
] as const satisfies readonly (keyof IMailbox)[];

/** The fields of a mailbox that synchronization reads. */
export type SyncRow = Pick<IMailbox, Exclude<(typeof fields)[number], 'deltaLinks' | 'fullRounds'>> & {
  readonly _id: Types.ObjectId;
  readonly deltaLinks: Readonly<Record<string, string>>;
  readonly fullRounds: Readonly<Record<string, string>>;
};

export type SyncClaim =
  | { readonly ok: true; readonly lease: SyncLease; readonly row: SyncRow }
  | { readonly ok: false; readonly reason: 'busy' | 'disconnected' | 'gone' };

/**
 * The right to synchronize a mailbox, held by one process at a time. Its `holder`, an id that is new for each acquisition,
 * is a fencing token: every write under the lease is conditional on it, so a process that lost the lease without
 * noticing (a long pause, say) cannot overwrite the work of its successor.
 */
export class SyncLease {
  readonly #lease: MailboxLease;

  /** Acquires the lease, unless another process holds it or the mailbox cannot be synchronized. */
  static async acquire(mailboxId: string, clock: Clock): Promise<SyncClaim> {
    const filter = { isConnected: true };
    const lease = await MailboxLease.acquire({ field: 'syncLease', mailboxId, clock, leaseMs, filter });
    const row = await Mailbox.findById(mailboxId, ['isConnected', ...fields].join(' ')).lean();
    if (lease !== undefined && row !== null) return { ok: true, lease: new SyncLease(lease), row: toSyncRow(row) };
    await lease?.release();
    if (row === null) return { ok: false, reason: 'gone' };
    return { ok: false, reason: row.isConnected ? 'busy' : 'disconnected' };
  }

  private constructor(lease: MailboxLease) {
    this.#lease = lease;
  }

  /**
   * Updates the mailbox if the lease is still ours, and extends the lease by a minute.
   * @throws LeaseLostError, without changing anything, when it is not ours any more
   */
  write(update: UpdateQuery<IMailbox>): Promise<void> {
    return this.#lease.extend(update);
  }

  /** Releases the lease. If that fails, it expires by itself. */
  release(): Promise<void> {
    return this.#lease.release();
  }
}

type LeanRow = Omit<SyncRow, 'deltaLinks' | 'fullRounds'> & Partial<Pick<SyncRow, 'deltaLinks' | 'fullRounds'>>;

/** Fills in fields that older rows lack. */
function toSyncRow(row: LeanRow): SyncRow {
  return { ...row, deltaLinks: row.deltaLinks ?? {}, fullRounds: row.fullRounds ?? {} };
}
