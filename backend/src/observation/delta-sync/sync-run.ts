import type { GraphClient } from '../../graph/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SyncLease } from './lease.ts';
import { observeMessages } from '../changes/observe-messages.ts';
import type { ObservedMailbox } from '../changes/observation.ts';
import { minuteMs, secondMs } from '../../lib/durations.ts';

/** What a synchronization did. */
export interface SyncCounts {
  pages: number;
  /** Entries of pages. */
  messages: number;
  events: number;
  /** Messages of which something new was learned. */
  changed: number;
  /** Those of them that a notification should have told of before. */
  unannounced: number;
  requests: number;
  /** Folders that could not be read. */
  failedFolders: number;
}

/** The point at which reading a folder continues. */
export interface FolderPosition {
  /** To the next page of a round under way, or to what changed since the last one. */
  readonly link: string;
  /** When the round under way began, if it reads the whole folder. */
  readonly fullSince?: Date | undefined;
}

/** The work of one job on one mailbox: a slice of its sync cycle. */
export interface SyncRun {
  readonly client: GraphClient;
  readonly clock: Clock;
  readonly lease: SyncLease;
  readonly signal: AbortSignal;
  readonly pageSize: number;
  /** Whether the time is up: what was begun is finished, and nothing more is begun. */
  readonly isSpent: () => boolean;
  readonly counts: SyncCounts;
  readonly mailbox: ObservedMailbox;
  /** The folders whose changes are read, by id, in the order in which they are. */
  readonly synced: ReadonlySet<string>;
  /** By folder id; a folder without one is read wholly. */
  readonly positions: Map<string, FolderPosition>;
  /** How many of them, from the first one on, this round is done with. */
  foldersDone: number;
}

/** A change younger than this may have a notification on its way. */
export const announcedWithinMs = 2 * minuteMs;
/** Graph's pauses that last longer are waited for by the job, not in it. */
const maxWaitMs = 10 * secondMs;

export function noCounts(): SyncCounts {
  return { pages: 0, messages: 0, events: 0, changed: 0, unannounced: 0, requests: 0, failedFolders: 0 };
}

/** A client that counts what it is used for. */
export function countedClient(client: GraphClient, counts: SyncCounts): GraphClient {
  return {
    limiter: client.limiter,
    send: (request, options, onAnswer) => {
      counts.requests += 1;
      return client.send(request, { maxWaitMs, ...options }, onAnswer);
    },
  };
}

/** Reads messages by id and records what became of them. @returns how many had changed */
export async function lookById(run: SyncRun, messageIds: readonly string[]): Promise<number> {
  if (messageIds.length === 0) return 0;
  const { client, clock, mailbox, signal, counts } = run;
  const { events, changed } = await observeMessages({ client, clock, mailbox }, messageIds, { signal });
  counts.events += events;
  counts.changed += changed;
  return changed;
}
