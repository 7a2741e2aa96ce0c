import { type Assumption, CannotTell } from '../assumption.ts';
import { changeOf, newRound, reasonOf } from '../delta-rounds.ts';
import { textOf } from '../fields.ts';
import { outcomeOf } from '../graph.ts';
import { folderPath, messagePath } from '../sandbox.ts';
import { untilFound, type Workbench } from '../workbench.ts';

const deletion = 'https://learn.microsoft.com/graph/api/message-delete';
const recoverableItems =
  'https://learn.microsoft.com/exchange/security-and-compliance/recoverable-items-folder/recoverable-items-folder';

/** What is left of a draft that was deleted past Deleted Items, as Shift+Delete does. */
export const deletions: readonly Assumption[] = [
  {
    id: 'deletions.to-deleted-items',
    says: 'A message that was moved to deleteditems can be read, in that folder.',
    source: 'https://learn.microsoft.com/graph/api/message-move',
    assumed: 'deleteditems',
    ask: async ({ graph, sandbox }) => {
      const id = await sandbox.draft();
      await sandbox.move(id, 'deleteditems');
      const { body: folder } = await graph.call('GET', '/me/mailFolders/deleteditems?$select=id');
      const { parentFolderId } = await sandbox.read(id, 'parentFolderId');
      return parentFolderId === folder['id'] ? 'deleteditems' : 'another';
    },
  },
  {
    id: 'deletions.readable',
    says: 'A soft-deleted message can be read by its immutable id.',
    source: recoverableItems,
    assumed: '200',
    ask: async (bench) => outcomeOf(await readDeleted(bench)),
  },
  {
    id: 'deletions.parent',
    says: 'Its parent is the folder with the well-known name recoverableitemsdeletions.',
    source: recoverableItems,
    assumed: 'recoverableitemsdeletions',
    ask: async (bench) => {
      const parent = await parentOfDeleted(bench);
      for (const name of ['recoverableitemsdeletions', 'deleteditems']) {
        const { body } = await bench.graph.call('GET', `/me/mailFolders/${name}?$select=id`);
        if (body['id'] === parent) return name;
      }
      return parent === bench.sandbox.folderId ? 'the folder that it was in' : 'without a well-known name';
    },
  },
  {
    id: 'deletions.parent-readable',
    says: 'That folder can be read by id.',
    source: 'reported',
    assumed: '200',
    ask: async (bench) => outcomeOf(await readFolder(bench, await parentOfDeleted(bench))),
  },
  {
    id: 'deletions.parent-outside',
    says: 'The chain of its parents does not lead to msgfolderroot.',
    source: 'reported',
    assumed: 'outside',
    ask: parentChain,
  },
  {
    id: 'deletions.in-delta',
    says: 'Delta of the folder tells of it as removed, as of a message that was moved.',
    source: 'captured',
    assumed: 'deleted',
    ask: async (bench) => {
      const { sandbox } = bench;
      const id = await sandbox.draft();
      const { link } = await newRound(bench, sandbox.folderId);
      await remove(bench, id);
      return reasonOf(await changeOf(bench, link, id));
    },
  },
  {
    id: 'deletions.twice',
    says: 'A soft-deleted message cannot be deleted again.',
    source: deletion,
    assumed: '403 ErrorCannotDeleteObject',
    ask: async (bench) => {
      const id = await bench.sandbox.draft();
      await remove(bench, id);
      return outcomeOf(await bench.sandbox.remove(id));
    },
  },
];

async function remove({ sandbox }: Workbench, id: string): Promise<void> {
  const answer = await sandbox.remove(id);
  if (answer.status !== 204) throw new CannotTell(`a draft could not be deleted: ${outcomeOf(answer)}`);
}

async function readDeleted(bench: Workbench) {
  const { graph, sandbox, waiting } = bench;
  const id = await sandbox.draft();
  await remove(bench, id);
  return untilFound(waiting, async () => {
    const answer = await graph.call('GET', `${messagePath(id)}?$select=parentFolderId`);
    const isStillThere = answer.body['parentFolderId'] === sandbox.folderId;
    return isStillThere ? undefined : answer;
  });
}

async function parentOfDeleted(bench: Workbench): Promise<string> {
  const answer = await readDeleted(bench);
  const parent = textOf(answer.body['parentFolderId']);
  if (parent === undefined) throw new CannotTell(`the message could not be read: ${outcomeOf(answer)}`);
  return parent;
}

function readFolder({ graph }: Workbench, id: string) {
  return graph.call('GET', `${folderPath(id)}?$select=id,parentFolderId`);
}

async function parentChain(bench: Workbench): Promise<string> {
  const { body: root } = await bench.graph.call('GET', '/me/mailFolders/msgfolderroot?$select=id');
  let next: string | undefined = await parentOfDeleted(bench);
  for (let step = 0; next !== undefined && step < 20; step += 1) {
    if (next === root['id']) return 'inside';
    const answer = await readFolder(bench, next);
    if (answer.status !== 200) return step === 0 ? 'unreadable' : 'outside';
    next = textOf(answer.body['parentFolderId']);
  }
  return 'outside';
}
