import { type Assumption, CannotTell } from '../assumption.ts';
import { type Fields, namesOf } from '../fields.ts';
import { outcomeOf } from '../graph.ts';
import { folderPath } from '../sandbox.ts';
import { changeOf, deltaOf, newRound, readRound, reasonOf, selected } from '../delta-rounds.ts';
import type { Workbench } from '../workbench.ts';

const messageDelta = 'https://learn.microsoft.com/graph/api/message-delta';
const overview = 'https://learn.microsoft.com/graph/delta-query-messages';

/** Changes of the messages of one folder. */
export const delta: readonly Assumption[] = [
  {
    id: 'delta.mailbox-wide',
    says: 'There is no delta over all messages of a mailbox.',
    source: messageDelta,
    assumed: '400',
    ask: async ({ graph }) => String((await graph.call('GET', '/me/messages/delta?$select=id')).status),
  },
  {
    id: 'delta.first-round',
    says: 'The first round gives every selected property that the message has: for a draft all but the sender.',
    source: 'captured',
    assumed: 'from',
    ask: async (bench) => {
      const id = await bench.sandbox.draft({ properties: header });
      const { items } = await newRound(bench, bench.sandbox.folderId);
      const item = items.find((one) => one['id'] === id);
      if (item === undefined) throw new CannotTell('the round did not have the draft');
      return namesOf(selected.filter((name) => !Object.hasOwn(item, name)));
    },
  },
  {
    id: 'delta.read-change',
    says: 'A later round tells a change of isRead alone as id, isRead and parentFolderId, without an etag.',
    source: 'captured',
    assumed: 'id isRead parentFolderId',
    ask: (bench) => toldOf(bench, { isRead: false }),
  },
  {
    id: 'delta.flag-change',
    says: 'A later round tells a change of the flag with all that is selected, and an etag.',
    source: 'captured',
    assumed: 'whole',
    ask: (bench) => toldOf(bench, { flag: { flagStatus: 'flagged' } }),
  },
  {
    id: 'delta.categories-change',
    says: 'A later round tells a change of the categories with all that is selected, and an etag.',
    source: overview,
    assumed: 'whole',
    ask: (bench) => toldOf(bench, { categories: ['MSEDB contract 1'] }),
  },
  {
    id: 'delta.removed-reason',
    says: 'A message that was moved away comes as removed, with the reason deleted.',
    source: 'captured',
    assumed: 'deleted',
    ask: async (bench) => {
      const { sandbox } = bench;
      const id = await sandbox.draft();
      const to = await sandbox.folder('Removed');
      const { link } = await newRound(bench, sandbox.folderId);
      await sandbox.move(id, to);
      return reasonOf(await changeOf(bench, link, id));
    },
  },
  {
    id: 'delta.moved-arrival',
    says: 'A message that was moved shows in the folder that it came to, in a round after the first.',
    source: 'https://learn.microsoft.com/graph/outlook-immutable-id',
    assumed: 'told',
    ask: movedArrival,
  },
  {
    id: 'delta.page-size',
    says: 'No page is larger than odata.maxpagesize.',
    source: messageDelta,
    assumed: 'kept',
    ask: async (bench) => {
      for (let made = 0; made < 3; made += 1) await bench.sandbox.draft();
      const { body } = await bench.graph.call('GET', deltaOf(bench.sandbox.folderId), {
        prefer: 'odata.maxpagesize=2',
      });
      return Array.isArray(body['value']) && body['value'].length <= 2 ? 'kept' : 'exceeded';
    },
  },
  {
    id: 'delta.bad-token',
    says: 'A token that is none is refused.',
    source: 'captured',
    assumed: '400 BadRequest',
    ask: async ({ graph, sandbox }) =>
      outcomeOf(await graph.call('GET', `${folderPath(sandbox.folderId)}/messages/delta?$deltatoken=none`)),
  },
  {
    id: 'delta.other-ids',
    says: 'A link is refused when it is followed with another preference for ids.',
    source: 'reported',
    assumed: '400 SyncStateInvalid',
    ask: async (bench) => {
      const { link } = await newRound(bench, bench.sandbox.folderId);
      return outcomeOf(await bench.graph.call('GET', link, { immutable: false }));
    },
  },
  {
    id: 'delta.filter',
    says: 'No filter but one by receivedDateTime is taken.',
    source: messageDelta,
    assumed: '400',
    ask: async ({ graph, sandbox }) =>
      String((await graph.call('GET', `${deltaOf(sandbox.folderId)}&$filter=isRead%20eq%20false`)).status),
  },
];

const header = { internetMessageHeaders: [{ name: 'x-msedb-contract', value: 'given' }] };

/** What a later round tells of a change of one property: "whole", or the names of what it gives. */
async function toldOf(bench: Workbench, changes: Fields): Promise<string> {
  const { sandbox } = bench;
  const id = await sandbox.draft({ properties: { ...header, isRead: true } });
  const first = await newRound(bench, sandbox.folderId);
  await sandbox.change(id, changes);
  const change = await changeOf(bench, first.link, id);
  const before = first.items.find((item) => item['id'] === id) ?? {};
  const isWhole = Object.keys(before).every((name) => Object.hasOwn(change, name));
  return isWhole ? 'whole' : namesOf(Object.keys(change).filter((name) => name !== '@odata.type'));
}

/** A draft that is made in the folder after the move shows that the round is up to date. */
async function movedArrival(bench: Workbench): Promise<string> {
  const { sandbox } = bench;
  const id = await sandbox.draft();
  const to = await sandbox.folder('Arrivals');
  const { link } = await newRound(bench, to);
  await sandbox.move(id, to);
  const later = await sandbox.draft({ folderId: to });
  const { items } = await readRound(bench, link, (seen) => seen.some((item) => item['id'] === later));
  return items.some((item) => item['id'] === id) ? 'told' : 'hidden';
}
