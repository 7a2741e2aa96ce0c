import type { GraphClient } from '../../graph/client.ts';
import type { GraphError } from '../../graph/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SyncLease } from './lease.ts';
import { observeMessages } from '../changes/observe-messages.ts';
import type { ObservedMailbox } from '../changes/observation.ts';
import { minuteMs, secondMs } from '../../lib/durations.ts';
import type { QuietLinks } from './quiet-links.ts';

/** Counts of a synchronization. */
export interface SyncCounts {
  pages: number;
  /** Entries of pages. */
  messages: number;
  events: number;
  /** Messages whose state changed. */
  changed: number;
  /** Changed messages that a change notification should have announced. */
  unannounced: number;
  requests: number;
  /** Folders that could not be read. */
  failedFolders: number;
  /** Messages that could not be understood, and were skipped. */
  unreadable: number;
}

/** The point at which reading a folder continues. */
export interface FolderPosition {
  /** Link to the next page, or to the changes since the last complete reading. */
  readonly link: string;
  /** When the reading under way began, if it reads the whole folder. Stored in `fullRounds`. */
  readonly fullSince?: Date | undefined;
}

/** The work of one job on one mailbox: a slice of its sync cycle. */
export interface SyncRun {
  readonly client: GraphClient;
  readonly clock: Clock;
  readonly lease: SyncLease;
  readonly signal: AbortSignal;
  readonly pageSize: number;
  /** Returns true when the time is up: work under way is finished, and no more is begun. */
  readonly isSpent: () => boolean;
  readonly counts: SyncCounts;
  readonly mailbox: ObservedMailbox;
  /** True until the mailbox was read once. */
  readonly isFirst: boolean;
  /** Ids of the folders that are read, in the order of reading. */
  readonly synced: ReadonlySet<string>;
  /** By folder id; a folder without a position is read completely. */
  readonly positions: Map<string, FolderPosition>;
  /** Items skipped since the last write of the progress. */
  readonly skipped: SkippedMessages;
  readonly quietLinks: QuietLinks;
  /** Number of folders, from the first on, that this cycle is done with. */
  foldersDone: number;
  /** Ids of the folders whose link was refused and that were begun anew in this cycle. */
  readonly begunAnew: Set<string>;
  /** Ids of the folders that are refused in this cycle. */
  readonly refused: Set<string>;
  /** The newest refusal of a folder. */
  refusal: GraphError | undefined;
}

/** The change notification of a younger change may still be on its way. */
export const announcedWithinMs = 2 * minuteMs;
/** The job ends and is postponed when Graph asks for a longer pause. */
const maxWaitMs = 10 * secondMs;

export function noCounts(): SyncCounts {
  return { pages: 0, messages: 0, events: 0, changed: 0, unannounced: 0, requests: 0, failedFolders: 0, unreadable: 0 };
}

/** Wraps a client so that its requests are counted. */
export function countedClient(client: GraphClient, counts: SyncCounts): GraphClient {
  return {
    ...client,
    send: (request, options, onAnswer) => {
      counts.requests += 1;
      return client.send(request, { maxWaitMs, ...options }, onAnswer);
    },
  };
}

/**
 * Reads messages by id and records their changes.
 * @param options isAnnounced: Graph has listed them, so that one which is not found is asked for once more
 * @returns the number of changed messages
 */
export async function lookById(
  run: SyncRun,
  messageIds: readonly string[],
  options: { readonly isAnnounced?: boolean } = {},
): Promise<number> {
  if (messageIds.length === 0) return 0;
  const { client, clock, mailbox, signal, counts } = run;
  const { events, changed, unreadable } = await observeMessages({ client, clock, mailbox }, messageIds, {
    ...options,
    signal,
  });
  counts.events += events;
  counts.changed += changed;
  skip(run, unreadable);
  return changed;
}

/** Counts messages that could not be understood. @param messages the paths of the fields of each */
export function skip({ counts, skipped }: SyncRun, messages: readonly (readonly string[])[]): void {
  counts.unreadable += messages.length;
  skipped.add(messages);
}

/** Messages that were skipped, until they are stored in the progress of the cycle. */
export class SkippedMessages {
  #count = 0;
  #fields = new Set<string>();

  add(messages: readonly (readonly string[])[]): void {
    this.#count += messages.length;
    for (const field of messages.flat()) this.#fields.add(field);
  }

  /** Returns the update that stores them, and forgets them. */
  take(): { readonly $inc?: Record<string, number>; readonly $addToSet?: Record<string, unknown> } {
    const [count, fields] = [this.#count, [...this.#fields]];
    this.#count = 0;
    this.#fields = new Set();
    if (count === 0) return {};
    return {
      $inc: { 'syncProgress.unreadable': count },
      $addToSet: { 'syncProgress.unreadableFields': { $each: fields } },
    };
  }
}
