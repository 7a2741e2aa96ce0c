import { z } from 'zod';
import { badRequest } from '../errors.ts';
import type { EmulatorReply } from '../http/exchange.ts';
import { param } from '../http/router.ts';
import type { Folder } from '../mailbox/folder-tree.ts';
import {
  type GraphContext,
  readMail,
  writeMail,
  contextUrl,
  numberIn,
  preferredPageSize,
  requireScope,
} from './context.ts';

const defaultPage = 10; // as Graph's mailFolders
const bytesPerMessage = 40_000;

/** GET mailFolders, and GET mailFolders/{id}/childFolders. */
export function listFolders(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const { mailbox, params, request } = context;
  const isWanted = parseFolderFilter(request.query.get('$filter'));
  const folders = mailbox.folders.children(params['folder']).filter((folder) => isWanted(folder));
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
  const { folders } = context.mailbox;
  const folder = folders.get(param(context.params, 'folder'));
  return {
    status: 200,
    body: { '@odata.context': contextUrl(context, 'mailFolders/$entity'), ...serveFolder(context, folder) },
  };
}

const newFolder = z.object({ displayName: z.string().min(1), isHidden: z.boolean().optional() });

/** POST mailFolders, and POST mailFolders/{id}/childFolders. @throws 409 when the name is taken */
export function createFolder(context: GraphContext): EmulatorReply {
  requireScope(context, writeMail);
  const parsed = newFolder.safeParse(context.request.body);
  if (!parsed.success) throw badRequest('The folder needs a displayName.');
  const { mailbox, params } = context;
  const folder = mailbox.createFolder(parsed.data.displayName, params['folder'], 'app');
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

/** A folder as it is served, and counted. @param select properties by comma; all when empty */
export function serveFolder(
  context: GraphContext,
  folder: Folder,
  select = selectOf(context),
): Record<string, unknown> {
  const { mailbox, privacy } = context;
  const whole = {
    id: folder.id,
    displayName: folder.displayName,
    parentFolderId: folder.parentId,
    childFolderCount: mailbox.folders.childCount(folder.id),
    unreadItemCount: folder.unreadItemCount,
    totalItemCount: folder.totalItemCount,
    sizeInBytes: folder.totalItemCount * bytesPerMessage,
    isHidden: false,
  };
  const names = new Set(['id', ...select.split(',').map((name) => name.trim())]);
  const view = select === '' ? whole : Object.fromEntries(Object.entries(whole).filter(([name]) => names.has(name)));
  privacy.servedOther('mailFolder', [view]);
  return view;
}

function selectOf({ request }: GraphContext): string {
  return request.query.get('$select') ?? '';
}
