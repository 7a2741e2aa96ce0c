import { ThrottledError } from '../../graph/errors.ts';
import type { GraphClient } from '../../graph/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ReadFaultReason } from '../../models/index.ts';
import { LeaseLostError } from '../../models/store/mailbox-lease.ts';
import { type FaultyMailbox, noteFault } from '../states/fault-log.ts';
import { faultOf, isUnreadable } from '../states/read-fault.ts';
import type { SyncLease, SyncRow } from './lease.ts';
import { baseIntervalMs, longestIntervalMs } from './sync-interval.ts';

/** What a failure leaves of a synchronization. `refused`: as `no_mailbox` and `denied`, the mailbox cannot be read. */
export interface SyncFailure {
  readonly outcome: 'lost' | 'throttled' | 'no_mailbox' | 'denied' | 'refused';
  /** When throttled: the pause that Graph asks for. */
  readonly retryAfterMs?: number;
}

export interface FailedSync {
  readonly deps: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly applicationRefusal?: ((error: unknown) => string | undefined) | undefined;
  };
  readonly lease: SyncLease;
  readonly row: SyncRow;
  readonly client: GraphClient;
}

const shortestPauseMs = 1_000;
const outcomes: Partial<Record<ReadFaultReason, SyncFailure['outcome']>> = {
  no_mailbox: 'no_mailbox',
  guest: 'no_mailbox',
  access_denied: 'denied',
};

/** Prepares a mailbox under its lease for the log of faults. */
export function faultyMailbox({ deps, lease, row, client }: FailedSync): FaultyMailbox {
  const { logger } = deps;
  const { toGraphTime } = client.graphClock;
  return { mailbox: row, write: (update) => lease.write(update), logger, now: deps.clock(), toGraphTime };
}

/**
 * Stores what a failure says about the mailbox, and converts it to a report. A mailbox that cannot be read is due again
 * later, after a failure that may be temporary soon.
 * @throws the failure when a retry may help
 */
export async function resolveSyncFailure(failure: unknown, sync: FailedSync): Promise<SyncFailure> {
  if (failure instanceof LeaseLostError) return { outcome: 'lost' };
  const { deps, lease, row } = sync;
  const found = faultOf(failure, { email: row.email, applicationRefusal: deps.applicationRefusal });
  if (found !== undefined && isUnreadable(found.reason)) {
    const outcome = outcomes[found.reason] ?? 'refused';
    const pauseMs = outcome === 'refused' ? baseIntervalMs : longestIntervalMs;
    await noteFault(faultyMailbox(sync), found, { nextSyncAt: new Date(deps.clock() + pauseMs) });
    return { outcome };
  }
  if (found !== undefined) await noteFault(faultyMailbox(sync), found).catch(() => undefined);
  if (failure instanceof ThrottledError) {
    return { outcome: 'throttled', retryAfterMs: Math.max(failure.retryAfterMs, shortestPauseMs) };
  }
  const soon = new Date(deps.clock() + baseIntervalMs);
  await lease.write({ $set: { syncIntervalMs: baseIntervalMs }, $min: { nextSyncAt: soon } }).catch(() => undefined);
  throw failure;
}
