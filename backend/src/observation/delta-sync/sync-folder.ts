import type { DeltaItem } from '../../graph/delta.ts';
import { GraphError, ItemNotFoundError, ResyncRequiredError } from '../../graph/errors.ts';
import { type ChangedMessage, messagesDelta } from '../../graph/messages.ts';
import type { Page } from '../../graph/paging.ts';
import { isAnyUnseen, recheckUnseen } from './recheck-unseen.ts';
import { applyPage } from './sync-page.ts';
import type { FolderPosition, SyncRun } from './sync-run.ts';

/** How much of a folder is read at one go. */
export interface FolderSlice {
  /** Whether to leave the pages after this one for later. */
  readonly isEnough: () => boolean;
  /**
   * Whether to put off what would have to be read by id because it left the folder: another folder that is still to be
   * read may show it, and spare the request.
   */
  readonly putsOff: boolean;
}

/** What is left of a folder: nothing, further pages, or what was put off. */
export type FolderOutcome = 'done' | 'more' | 'put off';

/**
 * Reads and records what changed in one folder. A link is kept only once its page is recorded, so whatever interrupts
 * the work, it goes on with the page that was interrupted.
 * @throws GraphError; LeaseLostError; what getToken throws; the signal's reason when it is aborted
 */
export async function syncFolder(run: SyncRun, id: string, slice: FolderSlice): Promise<FolderOutcome> {
  try {
    return await readChanges(run, id, slice);
  } catch (error) {
    if (error instanceof ItemNotFoundError) return leaveFolder(run, id);
    if (!(error instanceof ResyncRequiredError)) throw error;
    await run.lease.write({ $unset: { [`deltaLinks.${id}`]: 1, [`fullRounds.${id}`]: 1 } });
    run.positions.delete(id);
    return readChanges(run, id, slice);
  }
}

/** Looks after what rested in a folder that is not there any more. */
async function leaveFolder(run: SyncRun, id: string): Promise<FolderOutcome> {
  const since = new Date(run.clock());
  await run.lease.write({
    $unset: { [`deltaLinks.${id}`]: 1 },
    $set: { [`fullRounds.${id}`]: since.toISOString() },
  });
  return (await finishRemoved(run, id, since)) ? 'done' : 'more';
}

/**
 * Goes on with what rested in a removed folder.
 * @param since when it was found to be removed
 * @returns whether all was looked at; false when the time was up before
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
    next?.catch(() => undefined); // it is waited for below, unless what comes before fails
    if (!(await applyPage(run, { ...fetched, folderId: id, items: page.items, putsOff }))) return 'put off';
    const isDone = nextLink === undefined && (fullSince === undefined || (await isSeen(run, id, fullSince, putsOff)));
    await keepLink(run, id, { link: linkOf(page), fullSince: isDone ? undefined : fullSince }, page.items.length);
    if (nextLink === undefined) return endOf(isDone, putsOff);
    if (next === undefined && isEnough()) return 'more';
    fetched = await (next ?? fetchPage(run, id, nextLink));
  }
}

function endOf(isDone: boolean, putsOff: boolean): FolderOutcome {
  if (isDone) return 'done';
  return putsOff ? 'put off' : 'more';
}

/** Whether nothing is left that rested in the folder before it was read anew, and was not seen in it. */
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
  if (link !== undefined && page.nextLink === link) throw brokenPaging('paging_loop', 'a page leads to itself');
  return { page, sentAt, answeredAt: clock() };
}

function linkOf({ nextLink, deltaLink }: Fetched['page']): string {
  const link = nextLink ?? deltaLink;
  if (link === undefined) throw brokenPaging('paging_end', 'a delta query ends without a link');
  return link;
}

function brokenPaging(code: string, what: string): GraphError {
  return new GraphError({ status: 200, code, message: `The changes of a folder: ${what}` });
}

/** Says where to go on, and that the mailbox is being looked at now. */
async function keepLink(run: SyncRun, id: string, position: FolderPosition, messages: number): Promise<void> {
  const field = `fullRounds.${id}`;
  const { link, fullSince } = position;
  await run.lease.write({
    $set: {
      [`deltaLinks.${id}`]: link,
      ...(fullSince === undefined ? {} : { [field]: fullSince.toISOString() }),
      'syncProgress.foldersDone': run.foldersDone,
      nextSyncAt: new Date(run.clock()),
    },
    ...(fullSince === undefined ? { $unset: { [field]: 1 } } : {}),
    $inc: { 'syncProgress.messagesSeen': messages },
  });
  run.positions.set(id, position);
}
