import { randomUUID } from 'node:crypto';
import mongoose, { type Types, type UpdateQuery } from 'mongoose';
import type { Clock } from '../lib/clock.ts';
import { type IMailbox, Mailbox } from '../models/index.ts';

/** Shorter than the time after which the job of a process that died runs again elsewhere. */
const leaseMs = 60_000;
const extendEveryMs = 20_000;

/** What is written under a lease is what a crash must not take back: the way on from what was applied. */
const durable = { writeConcern: { w: 'majority', j: true } } as const;

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

export type Claim =
  | { readonly ok: true; readonly lease: SyncLease; readonly row: SyncRow }
  | { readonly ok: false; readonly reason: 'busy' | 'disconnected' | 'gone' };

/** Another process has taken the mailbox over: what this one would write is no longer its to write. */
export class LeaseLostError extends Error {
  constructor() {
    super('Another process synchronizes the mailbox now');
    this.name = 'LeaseLostError';
  }
}

/** The right to synchronize a mailbox: one process has it at a time, and keeps it while it lives. */
export class SyncLease {
  readonly #mailboxId: Types.ObjectId;
  readonly #holder: string;
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;

  /** Takes the mailbox, unless another holds it or it cannot be synchronized at all. */
  static async acquire(mailboxId: string, clock: Clock): Promise<Claim> {
    const holder = randomUUID();
    const row = await Mailbox.findOneAndUpdate(
      {
        _id: mailboxId,
        isConnected: true,
        $or: [{ 'syncLease.until': null }, { 'syncLease.until': mongoose.trusted({ $lte: new Date(clock()) }) }],
      },
      { $set: { syncLease: { holder, until: new Date(clock() + leaseMs) } } },
      { new: true, projection: fields.join(' '), ...durable },
    ).lean();
    if (row !== null) return { ok: true, lease: new SyncLease(row._id, holder, clock), row: toSyncRow(row) };
    const found = await Mailbox.findById(mailboxId, 'isConnected').lean();
    if (found === null) return { ok: false, reason: 'gone' };
    return { ok: false, reason: found.isConnected ? 'busy' : 'disconnected' };
  }

  private constructor(mailboxId: Types.ObjectId, holder: string, clock: Clock) {
    this.#mailboxId = mailboxId;
    this.#holder = holder;
    this.#clock = clock;
    this.#timer = setInterval(() => void this.write({}).catch(() => undefined), extendEveryMs);
    this.#timer.unref();
  }

  /**
   * Changes the mailbox if it is still ours, and keeps it for another minute.
   * @throws LeaseLostError, without changing anything, when it is not
   */
  async write({ $set, ...update }: UpdateQuery<IMailbox>): Promise<void> {
    const until = new Date(this.#clock() + leaseMs);
    const { matchedCount } = await Mailbox.updateOne(
      { _id: this.#mailboxId, 'syncLease.holder': this.#holder },
      { ...update, $set: { ...$set, 'syncLease.until': until } },
      durable,
    );
    if (matchedCount === 0) throw new LeaseLostError();
  }

  /** Gives the mailbox back. If that fails, the lease ends by itself. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    const mine = { _id: this.#mailboxId, 'syncLease.holder': this.#holder };
    await Mailbox.updateOne(mine, { $unset: { syncLease: 1 } }).catch(() => undefined);
  }
}

type LeanRow = Omit<SyncRow, 'deltaLinks' | 'fullRounds'> & Partial<Pick<SyncRow, 'deltaLinks' | 'fullRounds'>>;

/** A row written before a field existed lacks it. */
function toSyncRow(row: LeanRow): SyncRow {
  return { ...row, deltaLinks: row.deltaLinks ?? {}, fullRounds: row.fullRounds ?? {} };
}
