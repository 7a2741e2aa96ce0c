import type { Types, UpdateQuery } from 'mongoose';
import type { Clock } from '../../lib/clock.ts';
import { type IMailbox, Mailbox } from '../../models/index.ts';
import { MailboxLease } from '../../models/store/mailbox-lease.ts';
import { minuteMs } from '../../lib/durations.ts';

/** Shorter than the time after which the job of a process that died runs again elsewhere. */
const leaseMs = minuteMs;

const fields = [
  'userId',
  'deltaLinks',
  'fullRounds',
  'folders',
  'stagingFolderId',
  'watchedSince',
  'syncProgress',
  'nextSyncAt',
  'syncIntervalMs',
  'lastSyncAt',
  'connectedAt',
] as const satisfies readonly (keyof IMailbox)[];

/** A mailbox as synchronization needs it. */
export type SyncRow = Pick<IMailbox, Exclude<(typeof fields)[number], 'deltaLinks' | 'fullRounds'>> & {
  readonly _id: Types.ObjectId;
  readonly deltaLinks: Readonly<Record<string, string>>;
  readonly fullRounds: Readonly<Record<string, string>>;
};

export type SyncClaim =
  | { readonly ok: true; readonly lease: SyncLease; readonly row: SyncRow }
  | { readonly ok: false; readonly reason: 'busy' | 'disconnected' | 'gone' };

/** The right to synchronize a mailbox: one process has it at a time, and keeps it while it lives. */
export class SyncLease {
  readonly #lease: MailboxLease;

  /** Takes the mailbox, unless another holds it or it cannot be synchronized at all. */
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
   * Changes the mailbox if it is still ours, and keeps it for another minute.
   * @throws LeaseLostError, without changing anything, when it is not
   */
  write(update: UpdateQuery<IMailbox>): Promise<void> {
    return this.#lease.extend(update);
  }

  /** Gives the mailbox back. If that fails, the lease ends by itself. */
  release(): Promise<void> {
    return this.#lease.release();
  }
}

type LeanRow = Omit<SyncRow, 'deltaLinks' | 'fullRounds'> & Partial<Pick<SyncRow, 'deltaLinks' | 'fullRounds'>>;

/** A row written before a field existed lacks it. */
function toSyncRow(row: LeanRow): SyncRow {
  return { ...row, deltaLinks: row.deltaLinks ?? {}, fullRounds: row.fullRounds ?? {} };
}
