import { setTimeout as delay } from 'node:timers/promises';
import type { Types } from 'mongoose';
import type { GraphClient } from '../graph/client.ts';
import { AppError } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { Mailbox } from '../models/index.ts';
import { MailboxLease } from '../models/store/mailbox-lease.ts';

/** What writing to mail needs, wherever it is done. */
export interface WriteDeps {
  readonly graphOf: (mailboxId: string) => GraphClient;
  readonly clock: Clock;
}

/** The time in which a mailbox is ours alone to write to. */
export interface WriteLease {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly client: GraphClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Keeps the mailbox ours. @throws LeaseLostError when it is not any more: then nothing may be written */
  readonly hold: () => Promise<void>;
}

export interface WriteLeaseOptions {
  readonly mailboxId: string;
  readonly signal: AbortSignal;
  /** How long to wait for whoever writes to the mailbox now, in milliseconds. */
  readonly waitMs: number;
}

/** Somebody else writes to the mailbox. */
export class MailboxBusyError extends AppError {
  constructor() {
    super(503, 'mailbox_busy', 'Rules are at work in this mailbox: try again in a few seconds');
  }
}

/** Longer than a request to Graph takes: a holder that is alive extends it before each. */
const leaseMs = 60_000;
const askEveryMs = 50;
/** Longer than those who wait for the mailbox take to notice that it is free. */
const pauseMs = 3 * askEveryMs;
/** For how long a lease lasts in which there is much to do, in milliseconds: others want to write as well. */
export const sliceMs = 2_000;

/** To be awaited between two leases of the same work: whoever waits for the mailbox gets it. */
export async function letOthersIn(signal?: AbortSignal): Promise<void> {
  await delay(pauseMs, undefined, signal === undefined ? {} : { signal });
}

/**
 * Does some work while nobody else writes to the mailbox. The work should take seconds: others wait.
 * @throws MailboxBusyError when others write to it for all of `waitMs`; the signal's reason; what the work throws
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
