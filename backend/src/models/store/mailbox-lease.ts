import { randomUUID } from 'node:crypto';
import type { FilterQuery, Types, UpdateQuery } from 'mongoose';
import { type IMailbox, Mailbox } from '../Mailbox.ts';
import { until } from './query-operators.ts';

/** Writes under a lease must survive a crash of the store: they say how far the work has come. */
const durable = { writeConcern: { w: 'majority', j: true } } as const;

/** Another process holds the lease now: this one must not write any more. */
export class LeaseLostError extends Error {
  constructor() {
    super('Another process has taken this mailbox over');
    this.name = 'LeaseLostError';
  }
}

export interface LeaseOptions {
  /** The purpose of the lease; each has its own. */
  readonly field: 'syncLease' | 'writeLease';
  readonly mailboxId: string | Types.ObjectId;
  /** Milliseconds since the epoch, as Date.now(). */
  readonly clock: () => number;
  /** Duration of the lease until it must be extended. */
  readonly leaseMs: number;
  /** A further condition on the mailbox. */
  readonly filter?: FilterQuery<IMailbox>;
}

/** An exclusive right to a mailbox, extended while its process lives. Its `holder` is a fencing token. */
export class MailboxLease {
  readonly #options: LeaseOptions;
  readonly #holder: string;
  readonly #timer: NodeJS.Timeout;

  /** Acquires the lease. @returns undefined when another process holds it, or no mailbox matches the filter */
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
   * Extends the lease and applies an update to the mailbox.
   * @throws LeaseLostError, without any change, when another process holds the lease
   */
  async extend({ $set, ...update }: UpdateQuery<IMailbox> = {}): Promise<void> {
    const { field, clock, leaseMs } = this.#options;
    const end = new Date(clock() + leaseMs);
    const change = { ...update, $set: { ...$set, [`${field}.until`]: end } };
    const { matchedCount } = await Mailbox.updateOne(this.#mine(), change, durable);
    if (matchedCount === 0) throw new LeaseLostError();
  }

  /** Releases the lease. If that fails, it expires. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await Mailbox.updateOne(this.#mine(), { $unset: { [this.#options.field]: 1 } }).catch(() => undefined);
  }

  #mine(): FilterQuery<IMailbox> {
    const { field, mailboxId } = this.#options;
    return { _id: mailboxId, [`${field}.holder`]: this.#holder };
  }
}
