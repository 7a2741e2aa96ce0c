import { randomUUID } from 'node:crypto';
import type { FilterQuery, Types, UpdateQuery } from 'mongoose';
import { type IMailbox, Mailbox } from '../Mailbox.ts';
import { until } from './query-operators.ts';

/** What is written under a lease is what a crash must not take back: the way on from what was applied. */
const durable = { writeConcern: { w: 'majority', j: true } } as const;

/** Another process has taken the mailbox over: what this one would write is no longer its to write. */
export class LeaseLostError extends Error {
  constructor() {
    super('Another process has taken this mailbox over');
    this.name = 'LeaseLostError';
  }
}

export interface LeaseOptions {
  /** What the mailbox is taken for: each purpose has a lease of its own. */
  readonly field: 'syncLease' | 'writeLease';
  readonly mailboxId: string | Types.ObjectId;
  /** Milliseconds since the epoch, as Date.now(). */
  readonly clock: () => number;
  /** For how long it is ours without asking again. */
  readonly leaseMs: number;
  /** What must hold of the mailbox beside. */
  readonly filter?: FilterQuery<IMailbox>;
}

/** The right to do something with a mailbox: one process has it at a time, and keeps it while it lives. */
export class MailboxLease {
  readonly #options: LeaseOptions;
  readonly #holder: string;
  readonly #timer: NodeJS.Timeout;

  /** Takes the mailbox. @returns undefined when another holds it, or there is none of which the filter holds */
  static async acquire(options: LeaseOptions): Promise<MailboxLease | undefined> {
    const { field, mailboxId, clock, filter = {} } = options;
    const holder = randomUUID();
    const isFree = { $or: [{ [`${field}.until`]: null }, { [`${field}.until`]: until(new Date(clock())) }] };
    const { matchedCount } = await Mailbox.updateOne(
      { ...filter, _id: mailboxId, ...isFree },
      { $set: { [field]: { holder, until: new Date(clock() + options.leaseMs) } } },
      durable,
    );
    return matchedCount === 0 ? undefined : new MailboxLease(options, holder);
  }

  private constructor(options: LeaseOptions, holder: string) {
    this.#options = options;
    this.#holder = holder;
    this.#timer = setInterval(() => void this.extend().catch(() => undefined), options.leaseMs / 3);
    this.#timer.unref();
  }

  /**
   * Keeps the mailbox for as long again, and changes it if it is still ours.
   * @throws LeaseLostError, without changing anything, when it is not
   */
  async extend({ $set, ...update }: UpdateQuery<IMailbox> = {}): Promise<void> {
    const { field, clock, leaseMs } = this.#options;
    const end = new Date(clock() + leaseMs);
    const change = { ...update, $set: { ...$set, [`${field}.until`]: end } };
    const { matchedCount } = await Mailbox.updateOne(this.#mine(), change, durable);
    if (matchedCount === 0) throw new LeaseLostError();
  }

  /** Gives the mailbox back. If that fails, the lease ends by itself. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await Mailbox.updateOne(this.#mine(), { $unset: { [this.#options.field]: 1 } }).catch(() => undefined);
  }

  #mine(): FilterQuery<IMailbox> {
    const { field, mailboxId } = this.#options;
    return { _id: mailboxId, [`${field}.holder`]: this.#holder };
  }
}
