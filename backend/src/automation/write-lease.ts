import { setTimeout as delay } from 'node:timers/promises';
import type { Types } from 'mongoose';
import type { GraphClient } from '../graph/client.ts';
import { AppError } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { Mailbox } from '../models/index.ts';
import { MailboxLease } from '../models/store/mailbox-lease.ts';

/** The dependencies of everything that writes to mail. */
export interface WriteDeps {
  readonly graphOf: (mailboxId: string) => GraphClient;
  readonly clock: Clock;
}

/** The exclusive right to write to a mailbox, for a limited time. */
export interface WriteLease {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly client: GraphClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Extends the lease. @throws LeaseLostError if another process holds it: then nothing may be written */
  readonly hold: () => Promise<void>;
}

export interface WriteLeaseOptions {
  readonly mailboxId: string;
  readonly signal: AbortSignal;
  /** Milliseconds to wait for the current holder. */
  readonly waitMs: number;
}

/** Another process holds the write lease of the mailbox. */
export class MailboxBusyError extends AppError {
  constructor() {
    super(503, 'mailbox_busy', 'Another change to this mailbox is in progress: try again in a few seconds');
  }
}

/** Longer than a request to Graph takes: a holder extends its lease before each. */
const leaseMs = 60_000;
const askEveryMs = 50;
/** Longer than a waiting process takes to notice that the lease is free. */
const pauseMs = 3 * askEveryMs;
/** Milliseconds after which work that is not finished releases the lease, so that others can write. */
export const sliceMs = 2_000;

/** Waits between two leases of the same work, so that another process can take the lease. */
export async function letOthersIn(signal?: AbortSignal): Promise<void> {
  await delay(pauseMs, undefined, signal === undefined ? {} : { signal });
}

/**
 * Does work while holding the write lease of a mailbox. The work should take seconds: others wait.
 * @throws MailboxBusyError if others hold the lease for all of `waitMs`; the signal's reason; what the work throws
 */
export async function withWriteLease<T>(
  { graphOf, clock }: WriteDeps,
  { mailboxId, signal, waitMs }: WriteLeaseOptions,
  work: (lease: WriteLease) => Promise<T>,
): Promise<T> {
  const lease = await acquire({ mailboxId, signal, waitMs }, clock);
  try {
    const { userId, _id } = await Mailbox.findById(mailboxId, 'userId').orFail().lean();
    const client = graphOf(mailboxId);
    return await work({ userId, mailboxId: _id, client, clock, signal, hold: () => lease.extend() });
  } finally {
    await lease.release();
  }
}

async function acquire({ mailboxId, signal, waitMs }: WriteLeaseOptions, clock: Clock): Promise<MailboxLease> {
  const startedAt = performance.now();
  for (;;) {
    const lease = await MailboxLease.acquire({ field: 'writeLease', mailboxId, clock, leaseMs });
    if (lease !== undefined) return lease;
    if (performance.now() - startedAt >= waitMs) throw new MailboxBusyError();
    await delay(askEveryMs, undefined, { signal });
  }
}
