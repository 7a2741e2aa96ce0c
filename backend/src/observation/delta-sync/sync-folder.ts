import type { DeltaItem } from '../../graph/delta.ts';
import { GraphError, isLinkRefused, ItemNotFoundError } from '../../graph/errors.ts';
import { type ChangedMessage, messagesDelta } from '../../graph/messages.ts';
import type { Page } from '../../graph/paging.ts';
import { isAnyUnseen, recheckUnseen } from './recheck-unseen.ts';
import { applyPage } from './sync-page.ts';
import type { FolderPosition, SyncRun } from './sync-run.ts';

/** The part of a folder that is read without a break. */
export interface FolderSlice {
  /** Returns true to leave the following pages for later. */
  readonly isEnough: () => boolean;
  /**
   * Puts off pages with messages that left the folder and would have to be read by id: a folder that is read later may
   * show them, which saves the request.
   */
  readonly putsOff: boolean;
}

/** The rest of a folder: nothing, further pages, or a page that was put off. */
export type FolderOutcome = 'done' | 'more' | 'put off';

/**
 * Reads and records the changes of one folder. The link of a page is stored after the page is recorded, so interrupted
 * work continues with the interrupted page.
 * @throws GraphError; LeaseLostError; what getToken throws; the signal's reason when it is aborted
 */
export async function syncFolder(run: SyncRun, id: string, slice: FolderSlice): Promise<FolderOutcome> {
  try {
    return await readChanges(run, id, slice);
  } catch (error) {
    if (error instanceof ItemNotFoundError && error.status === 404) return leaveFolder(run, id);
    // begun anew once in a cycle: a folder whose links are refused again and again would be begun for ever
    if (!run.positions.has(id) || run.begunAnew.has(id) || !isLinkRefused(error)) throw error;
    run.quietLinks.drop(id);
    await run.lease.write({
      $unset: { [`deltaLinks.${id}`]: 1, [`fullRounds.${id}`]: 1 },
      $addToSet: { 'syncProgress.begunAnew': id },
    });
    run.begunAnew.add(id);
    run.positions.delete(id);
    return readChanges(run, id, slice);
  }
}

/** Reads by id the messages that were in a folder which no longer exists. */
async function leaveFolder(run: SyncRun, id: string): Promise<FolderOutcome> {
  const since = new Date(run.clock());
  run.quietLinks.drop(id);
  await run.lease.write({
    $unset: { [`deltaLinks.${id}`]: 1 },
    $set: { [`fullRounds.${id}`]: since.toISOString() },
  });
  return (await finishRemoved(run, id, since)) ? 'done' : 'more';
}

/**
 * Continues to read the messages that were in a removed folder.
 * @param since when it was found to be removed
 * @returns true when all were read; false when the time was up first
 */
export async function finishRemoved(run: SyncRun, id: string, since: Date): Promise<boolean> {
  if (!(await recheckUnseen(run, id, since))) return false;
  await run.lease.write({ $unset: { [`fullRounds.${id}`]: 1 } });
  return true;
}

async function readChanges(run: SyncRun, id: string, { isEnough, putsOff }: FolderSlice): Promise<FolderOutcome> {
  const position = run.positions.get(id);
  let fetched = await fetchPage(run, id, position?.link);
  const fullSince = position === undefined ? new Date(fetched.answeredAt) : position.fullSince;
  for (;;) {
    const { page } = fetched;
    const { nextLink } = page;
    const maySuspend = putsOff && page.items.some(({ removed }) => removed);
    const next = nextLink === undefined || maySuspend || isEnough() ? undefined : fetchPage(run, id, nextLink);
    next?.catch(() => undefined); // awaited below, unless this page fails first
    if (!(await applyPage(run, { ...fetched, ...page, folderId: id, putsOff }))) return 'put off';
    const isDone = nextLink === undefined && (fullSince === undefined || (await isSeen(run, id, fullSince, putsOff)));
    await keepLink(
      run,
      id,
      { link: linkOf(page), fullSince: isDone ? undefined : fullSince },
      page.items.length + page.unreadable.length,
    );
    if (nextLink === undefined) return endOf(isDone, putsOff);
    if (next === undefined && isEnough()) return 'more';
    fetched = await (next ?? fetchPage(run, id, nextLink));
  }
}

function endOf(isDone: boolean, putsOff: boolean): FolderOutcome {
  if (isDone) return 'done';
  return putsOff ? 'put off' : 'more';
}

/** Tells if every message stored in the folder was observed since it was read anew. */
async function isSeen(run: SyncRun, id: string, since: Date, putsOff: boolean): Promise<boolean> {
  return putsOff ? !(await isAnyUnseen(run, id, since)) : recheckUnseen(run, id, since);
}

interface Fetched {
  readonly page: Page<DeltaItem<ChangedMessage>>;
  readonly sentAt: number;
  readonly answeredAt: number;
}

async function fetchPage(run: SyncRun, id: string, link: string | undefined): Promise<Fetched> {
  const { client, clock, pageSize, signal } = run;
  const sentAt = clock();
  const page = await client.send(messagesDelta(id, { pageSize, link }), { signal });
  if (link !== undefined && page.nextLink === link) throw brokenPaging('paging_loop', 'a page links to itself');
  return { page, sentAt, answeredAt: clock() };
}

function linkOf({ nextLink, deltaLink }: Fetched['page']): string {
  const link = nextLink ?? deltaLink;
  if (link === undefined) throw brokenPaging('paging_end', 'a delta query ends without a link');
  return link;
}

function brokenPaging(code: string, fault: string): GraphError {
  return new GraphError({ status: 200, code, message: `The changes of a folder cannot be read: ${fault}` });
}

/** Stores the position in a folder, and that the mailbox is being read now; together with others if nothing was new. */
async function keepLink(run: SyncRun, id: string, position: FolderPosition, messages: number): Promise<void> {
  run.positions.set(id, position);
  const field = `fullRounds.${id}`;
  const { link, fullSince } = position;
  if (messages === 0 && fullSince === undefined) {
    run.quietLinks.add(id, link, run.clock());
    if (!run.quietLinks.areDue(run.clock())) return;
  } else run.quietLinks.drop(id);
  const { $inc, ...skipped } = run.skipped.take();
  const update = {
    $set: {
      [`deltaLinks.${id}`]: link,
      ...(fullSince === undefined ? {} : { [field]: fullSince.toISOString() }),
      'syncProgress.foldersDone': run.foldersDone,
      nextSyncAt: new Date(run.clock()),
    },
    ...(fullSince === undefined ? { $unset: { [field]: 1 } } : {}),
    ...skipped,
    $inc: { ...$inc, 'syncProgress.messagesSeen': messages },
  };
  await run.lease.write(run.quietLinks.with(update));
}
