import { type Assumption, CannotTell } from '../assumption.ts';
import { fieldsOf, listOf, textOf } from '../fields.ts';
import { outcomeOf } from '../graph.ts';
import { marker } from '../own-items.ts';
import { folderPath, messagePath } from '../sandbox.ts';
import type { Workbench } from '../workbench.ts';

const immutableIds = 'https://learn.microsoft.com/graph/outlook-immutable-id';

/** Ids, and the preference that keeps them. */
export const ids: readonly Assumption[] = [
  {
    id: 'ids.move-with-preference',
    says: 'With the preference for immutable ids, a moved message keeps its id.',
    source: immutableIds,
    assumed: 'kept',
    ask: async ({ sandbox }) => {
      const id = await sandbox.draft();
      const to = await sandbox.folder('Kept ids');
      const { body } = await sandbox.move(id, to);
      return body['id'] === id ? 'kept' : 'changed';
    },
  },
  {
    id: 'ids.move-without-preference',
    says: 'Without the preference, a move changes the id.',
    source: immutableIds,
    assumed: 'changed',
    ask: async (bench) => {
      const to = await bench.sandbox.folder('Changed ids');
      const id = await mutableIdOfNewDraft(bench);
      const { status, body } = await bench.sandbox.move(id, to, { immutable: false });
      if (status !== 201) throw new CannotTell('the draft was not moved');
      return body['id'] === id ? 'kept' : 'changed';
    },
  },
  {
    id: 'ids.in-batch',
    says: 'The preference counts for a part of a batch when that part carries it.',
    source: 'https://learn.microsoft.com/graph/json-batching',
    assumed: 'immutable',
    ask: async ({ graph, sandbox }) => {
      const id = await sandbox.draft();
      const url = `${messagePath(id)}?$select=id`;
      const part = { id: '1', method: 'GET', url, headers: { Prefer: 'IdType="ImmutableId"' } };
      const { body } = await graph.call('POST', '/$batch', { body: { requests: [part] }, immutable: false });
      const [answer] = listOf(body['responses']);
      return fieldsOf(answer?.['body'])['id'] === id ? 'immutable' : 'another';
    },
  },
  {
    id: 'ids.malformed',
    says: 'What cannot be an id is refused as malformed.',
    source: 'reported',
    assumed: '400 ErrorInvalidIdMalformed',
    ask: async ({ graph }) => outcomeOf(await graph.call('GET', '/me/messages/no-id?$select=id')),
  },
];

/** The id that a new draft goes by without the preference; it is another draft than the contract's other ones. */
async function mutableIdOfNewDraft({ graph, own, sandbox }: Workbench): Promise<string> {
  const path = `${folderPath(sandbox.folderId)}/messages?$select=id`;
  const { body } = await graph.call('POST', path, { body: { subject: marker }, immutable: false });
  const id = textOf(body['id']);
  if (id === undefined) throw new CannotTell('a draft could not be made');
  return own.add(id);
}
