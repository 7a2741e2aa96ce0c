import { type Fields, listOf, textOf } from './fields.ts';
import { type Graph, outcomeOf } from './graph.ts';
import { folderName, marker, type OwnItems } from './own-items.ts';
import { folderPath, messagePath } from './sandbox.ts';

/** What a cleaning removed, and why something was left. */
export interface Cleaned {
  readonly drafts: number;
  readonly folders: number;
  readonly left: readonly string[];
}

/** A folder that is deleted goes to Deleted Items first, perhaps under a name with a number. */
const ownName = new RegExp(`^${folderName}\\d*$`, 'i');
const maxRounds = 50;

/**
 * Removes what the contract made, in this run or an earlier one: drafts by their marker, wherever they lie, and its
 * folder, below Deleted Items as well, when it holds nothing else.
 */
export async function clean(graph: Graph, own: OwnItems): Promise<Cleaned> {
  const left: string[] = [];
  let drafts = await removeDrafts(graph, own, '/me');
  drafts += await removeDrafts(graph, own, '/me/mailFolders/deleteditems');
  let folders = 0;
  for (const place of ['/me/mailFolders', '/me/mailFolders/deleteditems/childFolders']) {
    for (const folder of await foldersNamed(graph, place)) {
      const id = String(folder['id']);
      drafts += await removeDrafts(graph, own, folderPath(id));
      const isEmpty = await isOwnThroughout(graph, id);
      if (isEmpty && (await removeFolder(graph, own, id))) folders += 1;
      else left.push(isEmpty ? 'a folder could not be deleted' : 'a folder holds other mail');
    }
  }
  return { drafts, folders, left };
}

/** Deletes the marked drafts below a path, page by page, until there are none. */
async function removeDrafts(graph: Graph, own: OwnItems, below: string): Promise<number> {
  const filter = encodeURIComponent(`subject eq '${marker}'`);
  let removed = 0;
  for (let round = 0; round < maxRounds; round += 1) {
    const answer = await graph.call('GET', `${below}/messages?$filter=${filter}&$select=id,subject,isDraft&$top=50`);
    const found = listOf(answer.body['value']).filter((item) => item['subject'] === marker && item['isDraft'] === true);
    const before = removed;
    for (const item of found) removed += await removeDraft(graph, own, String(item['id']));
    if (removed === before) return removed;
  }
  return removed;
}

async function removeDraft(graph: Graph, own: OwnItems, id: string): Promise<number> {
  const answer = await graph.call('DELETE', messagePath(own.add(id)));
  return answer.status === 204 ? 1 : 0;
}

async function foldersNamed(graph: Graph, place: string): Promise<Fields[]> {
  return (await listAll(graph, `${place}?$select=id,displayName&$top=100&includeHiddenFolders=true`)).filter((folder) =>
    ownName.test(textOf(folder['displayName']) ?? ''),
  );
}

/** True when a folder and those in it hold no message; a search folder holds none of its own. */
async function isOwnThroughout(graph: Graph, id: string): Promise<boolean> {
  const messages = await graph.call('GET', `${folderPath(id)}/messages?$select=id&$top=1`);
  if (messages.status !== 200 || listOf(messages.body['value']).length > 0) return false;
  const children = await listAll(graph, `${folderPath(id)}/childFolders?$top=100&includeHiddenFolders=true`);
  for (const child of children) {
    const isSearch = textOf(child['@odata.type'])?.endsWith('mailSearchFolder') ?? false;
    if (!isSearch && !(await isOwnThroughout(graph, String(child['id'])))) return false;
  }
  return true;
}

/** Deletes a folder, to Deleted Items and from there. */
async function removeFolder(graph: Graph, own: OwnItems, id: string): Promise<boolean> {
  const path = folderPath(own.add(id));
  const first = await graph.call('DELETE', path);
  if (first.status !== 204) return outcomeOf(first).startsWith('404');
  const again = await graph.call('GET', `${path}?$select=id,parentFolderId`);
  const { body: trash } = await graph.call('GET', '/me/mailFolders/deleteditems?$select=id');
  if (again.status === 200 && again.body['parentFolderId'] === trash['id']) await graph.call('DELETE', path);
  return true;
}

async function listAll(graph: Graph, path: string): Promise<Fields[]> {
  const items: Fields[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const { body }: { readonly body: Fields } = await graph.call('GET', next);
    items.push(...listOf(body['value']));
    next = textOf(body['@odata.nextLink']);
  }
  return items;
}
