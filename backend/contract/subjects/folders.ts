import { type Assumption, CannotTell } from '../assumption.ts';
import { readAll, readRound } from '../delta-rounds.ts';
import { type Fields, presenceOf, textOf } from '../fields.ts';
import { type GraphAnswer, outcomeOf } from '../graph.ts';
import { folderName, marker } from '../own-items.ts';
import { folderPath, messagePath } from '../sandbox.ts';
import type { Workbench } from '../workbench.ts';

const mailFolder = 'https://learn.microsoft.com/graph/api/resources/mailfolder';
const searchFolder = 'https://learn.microsoft.com/graph/api/mailsearchfolder-post';
const foldersDelta = '/me/mailFolders/delta?$select=id,parentFolderId,childFolderCount';
/** Built-in folders that a mailbox need not have; archive first, which is the one that matters. */
const optionalFolders = ['archive', 'clutter', 'scheduled', 'conversationhistory', 'syncissues'];

/** Folders. */
export const folders: readonly Assumption[] = [
  {
    id: 'folders.missing',
    says: 'A built-in folder that the mailbox does not have, as Archive, is answered with 404 ErrorItemNotFound.',
    source: 'reported',
    assumed: '404 ErrorItemNotFound',
    ask: missingFolder,
  },
  {
    id: 'folders.twin',
    says: 'A second folder of the same name, in whatever case, is refused.',
    source: 'reported',
    assumed: '409 ErrorFolderExists',
    ask: async ({ sandbox }) => {
      await sandbox.folder('Twin');
      return outcomeOf(await sandbox.tryFolder('TWIN'));
    },
  },
  {
    id: 'folders.well-known-name',
    says: 'v1.0 has no property wellKnownName.',
    source: 'captured',
    assumed: '400 BadRequest',
    ask: async ({ graph }) => outcomeOf(await graph.call('GET', '/me/mailFolders/inbox?$select=wellKnownName')),
  },
  {
    id: 'folders.delta-nested',
    says: 'Delta of the folders tells of folders at every depth.',
    source: 'https://learn.microsoft.com/graph/api/mailfolder-delta',
    assumed: 'told',
    ask: (bench) => inFolderDelta(bench, () => bench.sandbox.folder('Nested')),
  },
  {
    id: 'folders.hidden-in-delta',
    says: 'Delta of the folders leaves out hidden ones.',
    source: mailFolder,
    assumed: 'left out',
    ask: (bench) => inFolderDelta(bench, () => bench.sandbox.folder('Hidden', { isHidden: true })),
  },
  {
    id: 'folders.search-in-delta',
    says: 'Delta of the folders tells of search folders, by their type.',
    source: searchFolder,
    assumed: 'told as mailSearchFolder',
    ask: (bench) => inFolderDelta(bench, () => newSearchFolder(bench, 'Search 1')),
  },
  {
    id: 'folders.search-messages-delta',
    says: 'The messages of a search folder have no delta.',
    source: 'reported',
    assumed: '400',
    ask: async (bench) => {
      const id = await newSearchFolder(bench, 'Search 2');
      return String((await bench.graph.call('GET', `${folderPath(id)}/messages/delta?$select=id`)).status);
    },
  },
  {
    id: 'folders.move-into-search',
    says: 'Nothing can be moved into a search folder.',
    source: 'reported',
    assumed: '400 ErrorMoveCopyFailed',
    ask: async (bench) => {
      const to = await newSearchFolder(bench, 'Search 3');
      return outcomeOf(await bench.sandbox.move(await bench.sandbox.draft(), to));
    },
  },
  {
    id: 'folders.store-root',
    says: 'The parent of msgfolderroot can be read, and names no parent of its own.',
    source: 'reported',
    assumed: 'null',
    ask: async ({ graph }) => {
      const root = await graph.call('GET', '/me/mailFolders/msgfolderroot?$select=id,parentFolderId');
      const parent = textOf(root.body['parentFolderId']);
      if (parent === undefined) return 'msgfolderroot has none';
      const store = await graph.call('GET', `${folderPath(parent)}?$select=id,parentFolderId`);
      return store.status === 200 ? presenceOf(store.body, 'parentFolderId') : outcomeOf(store);
    },
  },
  {
    id: 'folders.foreign-parent',
    says: 'A message names the folder that it lies in.',
    source: 'https://learn.microsoft.com/graph/api/resources/message',
    assumed: 'the folder',
    ask: async ({ graph, sandbox }) => {
      const { body } = await graph.call('GET', `${messagePath(await sandbox.draft())}?$select=parentFolderId`);
      return body['parentFolderId'] === sandbox.folderId ? 'the folder' : 'another';
    },
  },
];

async function missingFolder({ graph }: Workbench): Promise<string> {
  for (const name of optionalFolders) {
    const answer: GraphAnswer = await graph.call('GET', `/me/mailFolders/${name}?$select=id`);
    if (answer.status !== 200) return outcomeOf(answer);
  }
  throw new CannotTell('the mailbox has every built-in folder');
}

/** Makes a folder, and then another whose arrival shows that delta is up to date. */
async function inFolderDelta(bench: Workbench, make: () => Promise<string>): Promise<string> {
  const { link } = await readAll(bench, foldersDelta);
  const id = await make();
  const later = await bench.sandbox.folder(`After ${bench.own.count}`);
  const { items } = await readRound(bench, link, (seen) => seen.some((item) => item['id'] === later));
  return kindOf(items.find((item) => item['id'] === id));
}

function kindOf(item: Fields | undefined): string {
  if (item === undefined) return 'left out';
  const type = textOf(item['@odata.type']) ?? '';
  return type.endsWith('mailSearchFolder') ? 'told as mailSearchFolder' : 'told';
}

/** It searches the contract's own folder, for the contract's own drafts. */
async function newSearchFolder({ sandbox }: Workbench, name: string): Promise<string> {
  return sandbox.folder(`${folderName} ${name}`, {
    '@odata.type': 'microsoft.graph.mailSearchFolder',
    includeNestedFolders: false,
    sourceFolderIds: [sandbox.folderId],
    filterQuery: `subject eq '${marker}'`,
  });
}
