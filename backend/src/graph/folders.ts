import { z } from 'zod';
import { type DeltaItem, deltaItemOf } from './delta.ts';
import { text } from './lenient.ts';
import { type Page, pageOf } from './paging.ts';
import type { GraphRequest } from './request.ts';
import { folderFields } from './select.ts';

/** Names that Graph accepts in place of folder ids. Every mailbox has these folders, archive sometimes excepted. */
export const wellKnownFolders = [
  'inbox',
  'archive',
  'deleteditems',
  'drafts',
  'junkemail',
  'sentitems',
  'outbox',
] as const;

const folder = z.object({
  id: z.string(),
  displayName: text,
  parentFolderId: text,
  '@odata.type': text,
});
/** A folder. Graph may leave out what has not changed, and anything but the id. */
export type MailFolder = z.infer<typeof folder>;

/** Tells if a folder is a search folder: it shows mail that lies elsewhere. */
export function isSearchFolder({ '@odata.type': type }: MailFolder): boolean {
  return type?.toLowerCase().endsWith('mailsearchfolder') === true;
}

/** Reads one folder, by its id or well-known name. */
export function getFolder(folderId: string): GraphRequest<MailFolder> {
  const ids = { folderId };
  return {
    method: 'GET',
    route: '/me/mailFolders/{folderId}',
    ids,
    select: folderFields,
    repeatable: true,
    answer: folder,
  };
}

/** Lists the top-level folders of the mailbox. */
export function listFolders(): GraphRequest<Page<MailFolder>> {
  return {
    method: 'GET',
    route: '/me/mailFolders',
    select: folderFields,
    query: { $top: '100' },
    repeatable: true,
    answer: pageOf(folder),
  };
}

/** Creates a top-level folder. Graph refuses a second one of the same name with 409. */
export function createFolder(displayName: string): GraphRequest<MailFolder> {
  return { method: 'POST', route: '/me/mailFolders', body: { displayName }, repeatable: false, answer: folder };
}

/** Moves a folder with all that it holds; its id stays. Graph refuses a second one of the same name with 409. */
export function moveFolder(folderId: string, destinationId: string): GraphRequest<MailFolder> {
  const route = '/me/mailFolders/{folderId}/move';
  return { method: 'POST', route, ids: { folderId }, body: { destinationId }, repeatable: false, answer: folder };
}

/**
 * Lists changed folders of the whole mailbox.
 * @param link the delta link of the last query; all folders are listed when it is left out
 */
export function foldersDelta(link?: string): GraphRequest<Page<DeltaItem<MailFolder>>> {
  return {
    method: 'GET',
    route: '/me/mailFolders/delta',
    select: folderFields,
    link,
    repeatable: true,
    answer: pageOf(deltaItemOf(folder)),
  };
}
