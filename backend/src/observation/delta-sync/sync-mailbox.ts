import type { GraphClient } from '../../graph/client.ts';
import type { GraphError } from '../../graph/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { randomId } from '../../lib/crypto.ts';
import type { Logger } from '../../lib/logger.ts';
import { type IMailFolder, Mailbox, WebhookSubscription } from '../../models/index.ts';
import { recoverPending } from '../changes/apply.ts';
import { SyncLease, type SyncRow } from './lease.ts';
import { endUnlogged, type RecognizerOf, recognizerFor } from '../coverage/unlogged.ts';
import { type ObservedMailbox, observedMailboxOf } from '../changes/observation.ts';
import { readAllFolders } from './read-folders.ts';
import { beginCycle, readInOrder, type SyncCycle, cycleUnderWay } from './sync-cycle.ts';
import { findUnseen } from './find-unseen.ts';
import { finishRemoved } from './sync-folder.ts';
import { QuietLinks } from './quiet-links.ts';
import { faultyMailbox, resolveSyncFailure, type SyncFailure } from './sync-failure.ts';
import { nextIntervalMs, nextSyncTime } from './sync-interval.ts';
import {
  countedClient,
  type FolderPosition,
  noCounts,
  SkippedMessages,
  type SyncCounts,
  type SyncRun,
} from './sync-run.ts';
import { endFault, noteFault } from '../states/fault-log.ts';
import { isNotifying } from '../states/mailbox-state.ts';

export interface SyncDeps {
  /** Returns the Graph client of a mailbox. */
  readonly graphOf: (mailboxId: string) => GraphClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Mail found in place gets an arrival event if it was received within this many days. */
  readonly sinceDays: number;
  /** Returns what recognizes acts of rules in a period that the action log lacks. */
  readonly recognizerOf?: RecognizerOf;
  /** Requested messages per page; Graph may return fewer, or more. */
  readonly pageSize: number;
  /** Returns the code by which Microsoft refuses this application; undefined for any other error. */
  readonly applicationRefusal?: (error: unknown) => string | undefined;
}

/**
 * finished: the cycle is complete · unfinished: another slice must follow at once · busy: another process holds the
 * lease · lost: another process took the lease over · throttled: Graph asks for a pause · disconnected, gone,
 * no_mailbox, denied, refused: the mailbox cannot be read
 */
type SyncOutcome = 'finished' | 'unfinished' | 'busy' | 'disconnected' | 'gone' | SyncFailure['outcome'];

export interface SyncReport extends Readonly<SyncCounts> {
  readonly outcome: SyncOutcome;
  /** When throttled: the pause that Graph asks for. */
  readonly retryAfterMs?: number;
  /** True for the first complete cycle of the mailbox. */
  readonly isFirst?: boolean;
}

interface SyncOptions {
  readonly signal: AbortSignal;
  /** Time during which further pages are begun; at least one is read. */
  readonly budgetMs: number;
}

/**
 * Synchronizes a mailbox with Graph for as long as the budget lasts: first its folders, then the messages of each. It
 * may be repeated, interrupted or killed at any point: nothing is lost or counted twice.
 * @throws GraphError that may be temporary; what getToken throws; the signal's reason when it is aborted
 */
export async function syncMailbox(
  deps: SyncDeps,
  mailboxId: string,
  { signal, budgetMs }: SyncOptions,
): Promise<SyncReport> {
  const counts = noCounts();
  const claim = await SyncLease.acquire(mailboxId, deps.clock);
  if (!claim.ok) return { outcome: claim.reason, ...counts };
  const { lease, row } = claim;
  const ended = new AbortController();
  const slice: Slice = {
    deps,
    lease,
    row,
    counts,
    client: countedClient(deps.graphOf(mailboxId), counts),
    signal: AbortSignal.any([signal, ended.signal]),
    spentAt: performance.now() + budgetMs,
    stop: () => ended.abort(),
  };
  try {
    const isFinished = await syncSlice(slice);
    if (!isFinished) {
      await endUnreadable(slice);
      return { outcome: 'unfinished', ...counts };
    }
    return { outcome: 'finished', isFirst: row.lastSyncAt === undefined, ...counts };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...(await resolveSyncFailure(error, slice)), ...counts };
  } finally {
    ended.abort();
    await lease.release();
  }
}

interface Slice {
  readonly deps: SyncDeps;
  readonly lease: SyncLease;
  readonly row: SyncRow;
  readonly counts: SyncCounts;
  readonly client: GraphClient;
  readonly signal: AbortSignal;
  readonly spentAt: number;
  readonly stop: () => void;
}

/** @returns true when the cycle is complete */
async function syncSlice(slice: Slice): Promise<boolean> {
  const { deps, lease, client, signal, counts } = slice;
  const { clock, pageSize } = deps;
  const { row } = slice;
  const identityKey = row.identityKey ?? (await newIdentityKey(lease));
  const recognize = await recognizerFor(row, deps.recognizerOf);
  const { toGraphTime } = client.graphClock;
  const observed = (folders: IMailFolder[], watchedSince = row.watchedSince): ObservedMailbox =>
    observedMailboxOf(
      { ...row, folders, watchedSince, identityKey },
      { sinceDays: deps.sinceDays, now: toGraphTime(clock()), toGraphTime, recognize },
    );
  await recoverPending(observed(row.folders));
  const continued = cycleUnderWay(row, clock());
  const cycle = continued ?? (await beginCycle({ client, clock, lease, signal }, row, observed));
  const mailbox = observed(cycle.folders, cycle.watchedSince);
  const run: SyncRun = {
    client,
    clock,
    lease,
    signal,
    pageSize,
    isSpent: () => performance.now() >= slice.spentAt,
    counts,
    mailbox,
    isFirst: row.lastSyncAt === undefined,
    synced: new Set(readInOrder(cycle.folders, mailbox)),
    positions: positionsOf(row),
    skipped: new SkippedMessages(),
    quietLinks: new QuietLinks(),
    foldersDone: cycle.foldersDone,
    begunAnew: new Set(cycle.begunAnew),
    refused: new Set(cycle.refused),
    refusal: undefined,
  };
  if (!(await readEverything(slice, run, cycle))) return false;
  await finishCycle(slice, run, { startedAt: cycle.startedAt, isOneSlice: continued === undefined });
  return true;
}

function positionsOf({ deltaLinks, fullRounds }: SyncRow): Map<string, FolderPosition> {
  return new Map(
    Object.entries(deltaLinks).map(([id, link]) => {
      const since = fullRounds[id];
      return [id, { link, fullSince: since === undefined ? undefined : new Date(since) }];
    }),
  );
}

async function newIdentityKey(lease: SyncLease): Promise<string> {
  const identityKey = randomId();
  await lease.write({ $set: { identityKey } });
  return identityKey;
}

/**
 * @returns true when everything is read
 * @throws the first temporary failure of a folder, after all other folders are read; a failure that all folders have
 */
async function readEverything(slice: Slice, run: SyncRun, cycle: SyncCycle): Promise<boolean> {
  for (const [id, since] of cycle.removed) {
    if (!(await finishRemoved(run, id, since))) return false;
  }
  const { row, deps, stop, counts } = slice;
  const { isComplete, failures } = await readAllFolders(run, stop);
  counts.failedFolders += failures.length;
  for (const failure of failures) warnOfFolder(deps.logger, row, failure);
  const passing = failures.find(({ retryable }) => retryable);
  if (passing !== undefined) throw passing;
  if (run.refusal !== undefined && run.refused.size === run.synced.size) throw run.refusal;
  const gapSince = run.begunAnew.size === 0 ? undefined : row.lastSyncAt;
  const isDone = isComplete && (gapSince === undefined || (await findUnseen(run, gapSince)));
  if (!isDone) {
    const $set = { 'syncProgress.foldersDone': run.foldersDone, 'syncProgress.refusedFolders': [...run.refused] };
    await run.lease.write(run.quietLinks.with({ $set, ...run.skipped.take() }));
  }
  return isDone;
}

function warnOfFolder(logger: Logger, { _id }: SyncRow, { status, code }: GraphError): void {
  logger.warn('A folder could not be read: the other folders were', { mailboxId: _id.toHexString(), status, code });
}

interface CycleEnd {
  readonly startedAt: Date;
  /** True when the cycle took one job only: a mailbox with more to read is not quiet. */
  readonly isOneSlice: boolean;
}

async function finishCycle(slice: Slice, run: SyncRun, cycle: CycleEnd): Promise<void> {
  const { lease, row, counts, deps, client } = slice;
  const now = deps.clock();
  const isQuiet = cycle.isOneSlice && counts.unannounced === 0 && counts.failedFolders === 0;
  const isNotified = await isSeenToNotify(row, client.graphClock.toGraphTime(now));
  const waitedMs = cycle.startedAt.getTime() - (row.lastSyncAt?.getTime() ?? cycle.startedAt.getTime());
  const intervalMs = nextIntervalMs({ currentMs: row.syncIntervalMs, isNotified, isQuiet, waitedMs });
  const end = {
    ...endUnlogged(row, cycle.startedAt, now),
    $set: {
      'syncProgress.finishedAt': new Date(now),
      'syncProgress.foldersDone': run.synced.size,
      'syncProgress.refusedFolders': [...run.refused],
      lastSyncAt: cycle.startedAt,
      nextSyncAt: nextSyncTime(cycle.startedAt.getTime(), intervalMs, now),
      syncIntervalMs: intervalMs,
    },
    ...run.skipped.take(),
  };
  await lease.write(run.quietLinks.with(end));
  await warnOfUnreadable(deps.logger, row);
  await updateFault(slice, run);
}

/** Stores that some folders are refused, or that nothing stands in the way any more. */
async function updateFault(slice: Slice, { refused, refusal }: SyncRun): Promise<void> {
  const faulty = faultyMailbox(slice);
  if (refused.size === 0) return endFault(faulty);
  const known = slice.row.readFault;
  const isEnded = known !== undefined && known.reason !== 'folders';
  if (isEnded) await endFault(faulty);
  const mailbox = { ...faulty.mailbox, readFault: isEnded ? undefined : known };
  const code = refusal?.code ?? mailbox.readFault?.code;
  return noteFault({ ...faulty, mailbox }, { reason: 'folders', folders: refused.size, ...(code && { code }) });
}

/** A slice has read something of a mailbox that could not be read. */
async function endUnreadable(slice: Slice): Promise<void> {
  const { readFault } = slice.row;
  if (readFault !== undefined && readFault.reason !== 'folders') await endFault(faultyMailbox(slice));
}

/** Names the fields, so that the cause can be found, and no values. */
async function warnOfUnreadable(logger: Logger, { _id }: SyncRow): Promise<void> {
  const row = await Mailbox.findById(_id, 'syncProgress').lean();
  const { unreadable = 0, unreadableFields: fields = [] } = row?.syncProgress ?? {};
  if (unreadable === 0) return;
  const facts = { mailboxId: _id.toHexString(), unreadable, fields };
  logger.warn('Some messages could not be read: they are skipped, the others were read', facts);
}

/** Tells if change notifications work: the subscription is active and has delivered at least one. */
async function isSeenToNotify({ _id: mailboxId, userId }: SyncRow, graphNow: number): Promise<boolean> {
  const subscription = await WebhookSubscription.findOne({ userId, mailboxId }).lean();
  return isNotifying(subscription ?? undefined, graphNow);
}
