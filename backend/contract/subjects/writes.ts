import { type Assumption, CannotTell } from '../assumption.ts';
import { type Fields, fieldsOf, namesOf, presenceOf } from '../fields.ts';
import { type GraphAnswer, outcomeOf } from '../graph.ts';
import { messagePath } from '../sandbox.ts';
import type { Workbench } from '../workbench.ts';

const update = 'https://learn.microsoft.com/graph/api/message-update';
const followUpFlag = 'https://learn.microsoft.com/graph/api/resources/followupflag';
const utc = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
const dated = {
  flagStatus: 'flagged',
  startDateTime: utc('2030-01-07T00:00:00'),
  dueDateTime: utc('2030-01-08T00:00:00'),
};

/** Changes of a message. */
export const writes: readonly Assumption[] = [
  {
    id: 'writes.patch-select',
    says: 'The answer to a PATCH with $select holds what is selected, and no body.',
    source: 'captured',
    assumed: 'no body',
    ask: async ({ sandbox }) => bodyIn(await sandbox.patch(await sandbox.draft(), { isRead: false })),
  },
  {
    id: 'writes.move-select',
    says: 'The answer to a move with $select holds what is selected, and no body.',
    source: 'captured',
    assumed: 'no body',
    ask: async ({ sandbox }) => {
      const id = await sandbox.draft();
      return bodyIn(await sandbox.move(id, await sandbox.folder('Selected')));
    },
  },
  {
    id: 'writes.flag-dates',
    says: 'The dates of a flag survive a PATCH of its status alone.',
    source: followUpFlag,
    assumed: 'kept',
    ask: async ({ sandbox }) => {
      const id = await sandbox.draft();
      await sandbox.change(id, { flag: dated });
      if (presenceOf(await flagOf(sandbox, id), 'dueDateTime') !== 'given') throw new CannotTell('no date was taken');
      await sandbox.change(id, { flag: { flagStatus: 'flagged' } });
      return presenceOf(await flagOf(sandbox, id), 'dueDateTime') === 'given' ? 'kept' : 'dropped';
    },
  },
  {
    id: 'writes.flag-cleared',
    says: 'The dates of a flag go with it.',
    source: followUpFlag,
    assumed: 'dropped',
    ask: async ({ sandbox }) => {
      const id = await sandbox.draft();
      await sandbox.change(id, { flag: dated });
      await sandbox.change(id, { flag: { flagStatus: 'notFlagged' } });
      return presenceOf(await flagOf(sandbox, id), 'dueDateTime') === 'given' ? 'kept' : 'dropped';
    },
  },
  {
    id: 'writes.due-without-start',
    says: 'A flag with a due date and no start date is refused.',
    source: followUpFlag,
    assumed: '400',
    ask: async ({ sandbox }) => {
      const { dueDateTime, flagStatus } = dated;
      const answer = await sandbox.patch(await sandbox.draft(), { flag: { flagStatus, dueDateTime } });
      return String(answer.status);
    },
  },
  {
    id: 'writes.categories',
    says: 'A PATCH of the categories replaces the list.',
    source: update,
    assumed: 'replaced',
    ask: async ({ sandbox }) => {
      const id = await sandbox.draft({ properties: { categories: ['MSEDB contract 1', 'MSEDB contract 2'] } });
      await sandbox.change(id, { categories: ['MSEDB contract 3'] });
      const { categories } = await sandbox.read(id, 'categories');
      return Array.isArray(categories) && categories.length === 1 ? 'replaced' : 'merged';
    },
  },
  {
    id: 'writes.etag',
    says: 'A change gives a message another etag.',
    source: 'https://learn.microsoft.com/graph/api/resources/message',
    assumed: 'changed',
    ask: async ({ sandbox }) => {
      const id = await sandbox.draft();
      const { '@odata.etag': before } = await sandbox.read(id, 'id');
      await sandbox.change(id, { flag: { flagStatus: 'flagged' } });
      const { '@odata.etag': after } = await sandbox.read(id, 'id');
      return before === after ? 'same' : 'changed';
    },
  },
  {
    id: 'writes.move-status',
    says: 'A move is answered with 201.',
    source: 'https://learn.microsoft.com/graph/api/message-move',
    assumed: '201',
    ask: async ({ sandbox }) => {
      const id = await sandbox.draft();
      return outcomeOf(await sandbox.move(id, await sandbox.folder('Moved')));
    },
  },
  {
    id: 'items.draft-without-sender',
    says: 'A draft that nobody has sent comes without from and sender, although they are selected.',
    source: 'captured',
    assumed: 'absent absent',
    ask: async ({ sandbox }) => {
      const draft = await sandbox.read(await sandbox.draft(), 'from,sender');
      return `${presenceOf(draft, 'from')} ${presenceOf(draft, 'sender')}`;
    },
  },
  {
    id: 'items.empty-header',
    says: 'An internet message header without a value is given as an empty text.',
    source: 'reported',
    assumed: 'empty',
    ask: emptyHeader,
  },
  {
    id: 'items.always',
    says: 'Id and etag come unasked, and nothing else does.',
    source: 'captured',
    assumed: '@odata.context @odata.etag id isRead',
    ask: async ({ sandbox }) => namesOf(Object.keys(await sandbox.read(await sandbox.draft(), 'isRead'))),
  },
];

async function emptyHeader({ graph, sandbox }: Workbench): Promise<string> {
  const name = 'x-msedb-contract';
  const internetMessageHeaders = [
    { name: `${name}-given`, value: 'given' },
    { name, value: '' },
  ];
  const id = await sandbox.draft({ properties: { internetMessageHeaders } });
  const answer = await graph.call('GET', `${messagePath(id)}?$select=internetMessageHeaders`);
  const list: unknown = answer.body['internetMessageHeaders'];
  if (!Array.isArray(list)) return 'no headers';
  const header = list.map(fieldsOf).find((one) => String(one['name']).toLowerCase() === name);
  return header === undefined ? 'absent' : presenceOf(header, 'value');
}

function bodyIn(answer: GraphAnswer): string {
  if (answer.status >= 300) throw new CannotTell(`the request was refused: ${outcomeOf(answer)}`);
  return Object.hasOwn(answer.body, 'body') ? 'body' : 'no body';
}

async function flagOf(sandbox: Workbench['sandbox'], id: string): Promise<Fields> {
  return fieldsOf((await sandbox.read(id, 'flag'))['flag']);
}
