import type { DeltaItem } from '../../graph/delta.ts';
import type { ChangedMessage, Message } from '../../graph/messages.ts';
import { MessageState } from '../../models/index.ts';
import { applyObservations } from '../changes/apply.ts';
import { followChangedIds } from '../changes/follow-changed-ids.ts';
import type { Observation } from '../changes/observation.ts';
import type { UnreadableItem } from '../../graph/paging.ts';
import { announcedWithinMs, lookById, skip, type SyncRun } from './sync-run.ts';
import { isIn } from '../../models/store/query-operators.ts';

/** One page of changes of a folder. */
export interface FolderPage {
  readonly folderId: string;
  readonly items: readonly DeltaItem<ChangedMessage>[];
  readonly unreadable: readonly UnreadableItem[];
  /** Times of the request and of its answer, in milliseconds since the epoch. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** True to put the page off if messages left the folder and are not yet known to be in another one. */
  readonly putsOff: boolean;
}

/** The fields that a complete message has; Graph may reduce an entry to the changed ones, and then gives no etag. */
const wholeFields = [
  'receivedDateTime',
  'lastModifiedDateTime',
  'subject',
  'from',
  'importance',
  'isRead',
  'isDraft',
  'flag',
  'categories',
] as const satisfies readonly (keyof ChangedMessage)[];

/**
 * Records the complete messages of a page, and reads the others by id.
 * @returns true when the whole page is recorded; if not, it must be fetched again
 */
export async function applyPage(run: SyncRun, page: FolderPage): Promise<boolean> {
  const { whole, partial, removed } = sort(page.items);
  run.counts.pages += 1;
  run.counts.messages += page.items.length + page.unreadable.length;
  const stale = await applyWhole(run, page, whole);
  const departed = await departedFrom(run, page.folderId, removed);
  if (page.putsOff && departed.known.length + departed.unknown.length > 0) return false;
  const unread = page.unreadable.flatMap(({ id }) => id ?? []);
  skip(
    run,
    page.unreadable.flatMap(({ id, fields }) => (id === undefined ? [fields] : [])),
  );
  const listed = new Set([...stale, ...partial, ...unread, ...departed.unknown]);
  const left = departed.known.filter((id) => !listed.has(id));
  const changed = (await lookById(run, [...listed], { isAnnounced: true })) + (await lookById(run, left));
  if (changed > 0 && !(await areYoung(run, [...listed, ...left], page.sentAt))) run.counts.unannounced += changed;
  return true;
}

interface Sorted {
  readonly whole: readonly Message[];
  /** Ids of incomplete messages. */
  readonly partial: readonly string[];
  readonly removed: readonly string[];
}

/** Sorts the entries of a page. The last entry of a message counts. */
function sort(items: FolderPage['items']): Sorted {
  const latest = new Map(items.map((entry) => [entry.removed ? entry.id : entry.item.id, entry]));
  const sorted = { whole: [] as Message[], partial: [] as string[], removed: [] as string[] };
  for (const [id, entry] of latest) {
    const message = entry.removed ? undefined : wholeMessage(entry.item);
    if (message !== undefined) sorted.whole.push(message);
    else if (entry.removed) sorted.removed.push(id);
    else sorted.partial.push(id);
  }
  return sorted;
}

function wholeMessage(item: ChangedMessage): Message | undefined {
  const { parentFolderId, '@odata.etag': etag, ...fields } = item;
  if (typeof parentFolderId !== 'string' || typeof etag !== 'string') return undefined;
  return wholeFields.every((field) => fields[field] !== undefined) ? { ...fields, parentFolderId } : undefined;
}

/**
 * Records messages. Those that changed so recently that their change notification may be on its way are recorded apart
 * and do not count as unannounced.
 * @returns the ids of messages that another writer has observed since
 */
async function applyWhole(run: SyncRun, page: FolderPage, messages: readonly Message[]): Promise<string[]> {
  const { sentAt, answeredAt } = page;
  const youngSince = run.client.graphClock.toGraphTime(sentAt) - announcedWithinMs;
  const young: Observation[] = [];
  const old: Observation[] = [];
  for (const message of messages) {
    const isYoung = (message.lastModifiedDateTime?.getTime() ?? 0) > youngSince;
    (isYoung ? young : old).push({ kind: 'present', message, sentAt, answeredAt });
  }
  const stale: string[] = [];
  for (const observations of [young, old]) {
    if (observations.length === 0) continue;
    // the first reading finds everything in place: what is alike in it are copies
    const looks = run.isFirst ? observations : await followChangedIds(run, observations, run.signal);
    const report = await applyObservations(run.mailbox, looks);
    run.counts.events += report.events;
    run.counts.changed += report.changed;
    if (observations === old) run.counts.unannounced += report.changed;
    stale.push(...report.stale);
  }
  return stale;
}

interface Departed {
  readonly known: readonly string[];
  /** Ids of messages that were never seen: not found at once, they may still turn up. */
  readonly unknown: readonly string[];
}

/**
 * Returns the removed messages that are not known to be in another folder yet. With immutable ids, a move may show as
 * a removal from one folder without an arrival in the other.
 */
async function departedFrom(run: SyncRun, folderId: string, removed: readonly string[]): Promise<Departed> {
  if (removed.length === 0) return { known: [], unknown: [] };
  const states = await MessageState.find(
    { mailboxId: run.mailbox.mailboxId, messageId: isIn(removed) },
    'messageId folderId',
  ).lean();
  const elsewhere = new Set<string>();
  const seen = new Set(states.map(({ messageId }) => messageId));
  for (const state of states) {
    const isElsewhere = state.folderId !== undefined && state.folderId !== folderId && run.synced.has(state.folderId);
    if (isElsewhere) elsewhere.add(state.messageId);
  }
  const departed = removed.filter((id) => !elsewhere.has(id));
  return { known: departed.filter((id) => seen.has(id)), unknown: departed.filter((id) => !seen.has(id)) };
}

/** Tells if all messages changed too recently to have been notified; for a message that is gone that is unknown. */
async function areYoung(run: SyncRun, messageIds: readonly string[], sentAt: number): Promise<boolean> {
  const states = await MessageState.find(
    { mailboxId: run.mailbox.mailboxId, messageId: isIn(messageIds) },
    'folderId modifiedAt',
  ).lean();
  const youngSince = run.client.graphClock.toGraphTime(sentAt) - announcedWithinMs;
  return states.every(
    ({ folderId, modifiedAt }) =>
      folderId !== undefined && modifiedAt !== undefined && modifiedAt.getTime() > youngSince,
  );
}
