import type { IMailFolder } from '../../models/index.ts';
import { inGraphTime, newestWindows } from '../coverage/blind-windows.ts';
import { blindWindowOf, isOverdue, lastDisconnection } from '../coverage/coverage.ts';
import { type FolderChanges, foldersKey, readFolders } from './folders.ts';
import { formerFolders } from './former-folders.ts';
import type { SyncLease, SyncRow } from './lease.ts';
import type { ObservedMailbox } from '../changes/observation.ts';
import { graphSecond } from '../../graph/graph-second.ts';
import type { GraphClient } from '../../graph/client.ts';
import type { Clock } from '../../lib/clock.ts';

// Words: docs/GLOSSARY.md, "Observation". The next job continues where a slice
// ended.

/** A sync cycle under way. */
export interface SyncCycle {
  readonly startedAt: Date;
  readonly folders: IMailFolder[];
  /** Number of folders, from the first on, that are done. */
  readonly foldersDone: number;
  /** Removed folders whose messages still have to be read by id: when each was found to be removed, by folder id. */
  readonly removed: ReadonlyMap<string, Date>;
  /** Ids of the folders that were begun anew in this cycle. */
  readonly begunAnew: readonly string[];
  /** Ids of the folders that are refused. */
  readonly refused: readonly string[];
  readonly watchedSince: Date | undefined;
}

/**
 * Returns the cycle under way if it can continue. After a long gap it cannot: a new cycle begins and notes the gap. Nor
 * after a restore: only a cycle that began since then ends the unlogged period.
 */
export function cycleUnderWay(row: SyncRow, now: number): SyncCycle | undefined {
  const { syncProgress: progress, nextSyncAt: aliveAt, connectedAt, folders } = row;
  if (progress === undefined || progress.finishedAt !== undefined || aliveAt === undefined) return undefined;
  const wasConnectedMeanwhile = connectedAt !== undefined && connectedAt > aliveAt;
  if (isOverdue(aliveAt, now) || wasConnectedMeanwhile) return undefined;
  const { startedAt, foldersDone, begunAnew = [], refusedFolders: refused = [] } = progress;
  if (row.unlogged !== undefined && startedAt < row.unlogged.to) return undefined;
  const { watchedSince } = row;
  return { startedAt, folders, foldersDone, removed: removedFolders(row, folders), begunAnew, refused, watchedSince };
}

interface CycleDeps {
  readonly client: GraphClient;
  readonly clock: Clock;
  readonly lease: SyncLease;
  readonly signal: AbortSignal;
}

/**
 * Begins a cycle: reads the changed folders and notes a blind window if there was one. It writes both at once, so that
 * no window is noted twice. The first cycle sets `watchedSince`.
 * @param observedWith returns the mailbox with these folders
 */
export async function beginCycle(
  { client, clock, lease, signal }: CycleDeps,
  row: SyncRow,
  observedWith: (folders: IMailFolder[]) => ObservedMailbox,
): Promise<SyncCycle> {
  const startedAt = new Date(clock());
  const changes = await readFolders(client, row.folders, row.deltaLinks[foldersKey], { signal });
  const { toGraphTime } = client.graphClock; // known by now, if not before
  const window = await blindWindowOfRow(row, clock());
  const watchedSince = row.watchedSince ?? graphSecond(toGraphTime(startedAt.getTime()));
  const now = new Date(clock());
  const former = formerFolders(row.folders, changes.folders, { former: row.formerFolders, at: now });
  const removed = Object.fromEntries(changes.removed.map((id) => [`fullRounds.${id}`, now.toISOString()]));
  await lease.write({
    $set: {
      watchedSince,
      folders: changes.folders,
      ...(former === undefined ? {} : { formerFolders: former }),
      [`deltaLinks.${foldersKey}`]: changes.link,
      syncProgress: {
        startedAt,
        foldersTotal: readInOrder(changes.folders, observedWith(changes.folders)).length,
        foldersDone: 0,
        messagesSeen: isUnfinished(row) ? row.syncProgress?.messagesSeen : 0,
        unreadable: changes.unreadable.length,
        unreadableFields: [...new Set(changes.unreadable.flat())],
      },
      nextSyncAt: now,
      ...removed,
    },
    ...unsetLinks(changes),
    ...(window === undefined ? {} : { $push: { blindWindows: newestWindows(inGraphTime(window, toGraphTime)) } }),
  });
  const stillRemoved = removedFolders(row, changes.folders);
  for (const id of changes.removed) stillRemoved.set(id, now);
  return {
    startedAt,
    folders: changes.folders,
    foldersDone: 0,
    removed: stillRemoved,
    begunAnew: [],
    refused: [],
    watchedSince,
  };
}

const unread: ReadonlySet<unknown> = new Set(['drafts', 'outbox', 'sent', 'recoverable']);
const ranks = { inbox: 0, archive: 2, deleted: 3, junk: 4, drafts: 5, outbox: 5, sent: 5, recoverable: 5 } as const;
const ordinaryRank = 1;

/** Returns the ids of the folders whose messages are observed, most interesting first: inbox, ordinary, archive, … */
export function readInOrder(folders: readonly IMailFolder[], mailbox: ObservedMailbox): string[] {
  return folders
    .filter(({ id, isHidden }) => isHidden !== true && !unread.has(mailbox.folderKindOf(id)))
    .toSorted((one, other) => rankOf(one) - rankOf(other) || (one.id < other.id ? -1 : 1))
    .map(({ id }) => id);
}

function rankOf({ kind }: IMailFolder): number {
  return kind === undefined ? ordinaryRank : ranks[kind];
}

function unsetLinks({ removed }: FolderChanges) {
  if (removed.length === 0) return {};
  return { $unset: Object.fromEntries(removed.map((id) => [`deltaLinks.${id}`, 1])) };
}

function removedFolders({ fullRounds }: SyncRow, folders: readonly IMailFolder[]): Map<string, Date> {
  const present = new Set(folders.map(({ id }) => id));
  const removed = Object.entries(fullRounds).filter(([id]) => !present.has(id));
  return new Map(removed.map(([id, since]) => [id, new Date(since)]));
}

function isUnfinished({ syncProgress }: SyncRow): boolean {
  return syncProgress !== undefined && syncProgress.finishedAt === undefined;
}

async function blindWindowOfRow(row: SyncRow, now: number) {
  const seenUntil = isUnfinished(row) ? row.nextSyncAt : row.lastSyncAt;
  const disconnectedAt = await lastDisconnection(row, seenUntil);
  return blindWindowOf({ now, seenUntil, dueAt: row.nextSyncAt, connectedAt: row.connectedAt, disconnectedAt });
}
