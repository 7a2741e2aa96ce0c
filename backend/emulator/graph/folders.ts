import { z } from 'zod';
import { badRequest } from '../errors.ts';
import type { EmulatorReply } from '../http/exchange.ts';
import { param } from '../http/router.ts';
import type { Folder, Search } from '../mailbox/folder.ts';
import { createFolder as createIn, moveFolder as moveIn } from '../mailbox/folder-acts.ts';
import { wellKnownNames } from '../mailbox/folder-names.ts';
import {
  type GraphContext,
  readMail,
  writeMail,
  contextUrl,
  numberIn,
  preferredPageSize,
  requireScope,
} from './context.ts';
import { parseFilter } from './filter.ts';
import { refuseUnknownProperties, serveFolder } from './folder-view.ts';

const defaultPage = 10; // as Graph's mailFolders

/** GET mailFolders, and GET mailFolders/{id}/childFolders. */
export function listFolders(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const { mailbox, params, request } = context;
  const { query } = request;
  refuseUnknownProperties(query.get('$select'));
  const isWanted = parseFolderFilter(query.get('$filter'));
  const withHidden = query.get('includeHiddenFolders') === 'true';
  const parent = params['folder'] === undefined ? undefined : mailbox.getReadableFolder(params['folder']).id;
  const folders = mailbox.folders
    .children(parent)
    .filter((folder) => (withHidden || !folder.isHidden) && isWanted(folder));
  const skip = numberIn(request.query, '$skip') ?? 0;
  const size = numberIn(request.query, '$top') ?? preferredPageSize(request) ?? defaultPage;
  const page = folders.slice(skip, skip + size);
  const next = new URLSearchParams(request.query);
  next.set('$skip', String(skip + size));
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(context, 'mailFolders'),
      value: page.map((folder) => serveFolder(context, folder)),
      ...(skip + size < folders.length
        ? { '@odata.nextLink': `${request.origin}/v1.0${request.path}?${next.toString()}` }
        : {}),
    },
  };
}

/** GET mailFolders/{id or well-known name}. */
export function getFolder(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const { mailbox, request, awkward } = context;
  refuseUnknownProperties(request.query.get('$select'));
  const idOrName = param(context.params, 'folder');
  const { id, ...view } = serveFolder(context, mailbox.getReadableFolder(idOrName));
  const isWithoutId = wellKnownNames.has(idOrName.toLowerCase()) && awkward.strikes('folderWithoutId');
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(context, 'mailFolders/$entity'),
      ...(isWithoutId ? {} : { id }),
      ...view,
    },
  };
}

const newFolder = z.object({
  displayName: z.string().min(1),
  isHidden: z.boolean().optional(),
  '@odata.type': z.string().optional(),
  filterQuery: z.string().optional(),
  sourceFolderIds: z.array(z.string()).optional(),
});
type NewFolder = z.infer<typeof newFolder>;

/** POST mailFolders, and POST mailFolders/{id}/childFolders. @throws 409 when the name is taken */
export function createFolder(context: GraphContext): EmulatorReply {
  requireScope(context, writeMail);
  const parsed = newFolder.safeParse(context.request.body);
  if (!parsed.success) throw badRequest('The folder needs a displayName.');
  const { mailbox, params } = context;
  const { displayName: name, isHidden } = parsed.data;
  const search = searchOf(parsed.data);
  const folder = createIn(mailbox, 'app', { name, isHidden, search, parent: params['folder'] });
  return {
    status: 201,
    body: { '@odata.context': contextUrl(context, 'mailFolders/$entity'), ...serveFolder(context, folder) },
  };
}

/** What a new search folder shows; undefined: it is an ordinary one. @throws 400 when its filter is wrong */
function searchOf({ '@odata.type': type, filterQuery = '', sourceFolderIds = [] }: NewFolder): Search | undefined {
  if (type === undefined || !/mailSearchFolder$/i.test(type)) return undefined;
  const isFound = parseFilter(filterQuery);
  const sources = new Set(sourceFolderIds);
  return { filterQuery, matches: (message) => sources.has(message.folderId) && isFound(message) };
}

const destination = z.object({ destinationId: z.string().min(1) });

/** POST mailFolders/{id}/move. @throws 400 on a built-in folder; 409 when the name is taken there */
export function moveFolder(context: GraphContext): EmulatorReply {
  requireScope(context, writeMail);
  const parsed = destination.safeParse(context.request.body);
  if (!parsed.success) throw badRequest('The move needs a destinationId.', 'ErrorInvalidRequest');
  const { mailbox, params } = context;
  const parent = mailbox.getReadableFolder(parsed.data.destinationId).id;
  const folder = moveIn(mailbox, param(params, 'folder'), parent, 'app');
  return {
    status: 201,
    body: { '@odata.context': contextUrl(context, 'mailFolders/$entity'), ...serveFolder(context, folder) },
  };
}

/** Reads `displayName eq '…'`. @throws 400 on any other filter */
function parseFolderFilter(text: string | null): (folder: Folder) => boolean {
  if (text === null) return () => true;
  const name = /^displayName eq '(.*)'$/.exec(text.trim())?.[1];
  if (name === undefined)
    throw badRequest('The emulator filters folders by displayName eq only.', 'ErrorInvalidUrlQueryFilter');
  return ({ displayName }) => displayName.toLowerCase() === name.replaceAll("''", "'").toLowerCase();
}
