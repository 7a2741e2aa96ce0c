import { badRequest } from '../errors.ts';
import type { Folder } from '../mailbox/folder.ts';
import type { GraphContext } from './context.ts';

const bytesPerMessage = 40_000;

const folderProperties: ReadonlySet<string> = new Set([
  'id',
  'displayName',
  'parentFolderId',
  'childFolderCount',
  'unreadItemCount',
  'totalItemCount',
  'sizeInBytes',
  'isHidden',
]);

/** Refuses a property that v1.0 does not have, as wellKnownName. @throws 400 */
export function refuseUnknownProperties(select: string | null): void {
  const unknown = namesIn(select ?? '').find((name) => !folderProperties.has(name));
  if (unknown === undefined) return;
  throw badRequest(
    `Parsing OData Select and Expand failed: Could not find a property named '${unknown}' on type 'microsoft.graph.mailFolder'.`,
  );
}

/** A folder as it is served, and counted. @param select properties by comma; all when empty */
export function serveFolder(
  context: GraphContext,
  folder: Folder,
  select = context.request.query.get('$select') ?? '',
): Record<string, unknown> {
  const whole = wholeFolder(context, folder);
  const names = new Set(['id', '@odata.type', ...namesIn(select)]);
  const view = select === '' ? whole : Object.fromEntries(Object.entries(whole).filter(([name]) => names.has(name)));
  context.privacy.servedOther('mailFolder', [view]);
  return view;
}

/** As `#microsoft.graph.mailFolder`. */
export function folderType({ search }: Folder): string {
  return search === undefined ? '#microsoft.graph.mailFolder' : '#microsoft.graph.mailSearchFolder';
}

function wholeFolder({ mailbox }: GraphContext, folder: Folder): Record<string, unknown> {
  const { search } = folder;
  const found = search === undefined ? undefined : mailbox.messages(folder.id);
  const total = found?.length ?? folder.totalItemCount;
  return {
    ...(search === undefined ? {} : { '@odata.type': folderType(folder) }),
    id: folder.id,
    displayName: folder.displayName,
    // the root of the store has no parent to name
    parentFolderId: folder.parentId === '' ? null : folder.parentId,
    childFolderCount: mailbox.folders.childCount(folder.id),
    unreadItemCount: found?.filter(({ isRead }) => !isRead).length ?? folder.unreadItemCount,
    totalItemCount: total,
    sizeInBytes: total * bytesPerMessage,
    isHidden: folder.isHidden,
    ...(search === undefined
      ? {}
      : {
          isSupported: true,
          includeNestedFolders: true,
          sourceFolderIds: [mailbox.folders.get('msgfolderroot').id],
          filterQuery: search.filterQuery,
        }),
  };
}

function namesIn(select: string): string[] {
  return select
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
