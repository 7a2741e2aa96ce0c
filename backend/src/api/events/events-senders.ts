import { z } from 'zod';
import { dayMs } from '../../lib/durations.ts';
import { json, route, type RouteContext } from '../../http/route.ts';
import { type SenderSummary, summarizeSenders } from '../../observation/reports/event-senders.ts';
import { type FolderNames, readFolderNames } from '../../observation/reports/folder-names.ts';
import { readWindow, windowFields } from '../ownership.ts';
import { count, id, moment, noSuchMailbox, tooSlow } from '../schemas.ts';

/** Events are kept for 90 days; a window may reach beyond that, where there is nothing. */
const lengths = { usualMs: 30 * dayMs, maxMs: 366 * dayMs };

const query = z.strictObject({
  ...windowFields,
  from: windowFields.from.describe('30 days before `to` when left out'),
  by: z.enum(['address', 'domain']).default('address'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

const action = z.object({
  messages: count,
  medianSeconds: z.number().nullable().describe('From arrival to action, approximate; null: not known'),
});

const senderResponse = z.object({
  sender: z.string().nullable().describe('The address, or the domain; null: mail without one'),
  messages: count.describe('Messages to which anything happened in this time; the sum of the outcomes'),
  arrived: count.describe('Those of them that arrived in this time'),
  outcomes: z
    .object({
      deleted: count.describe('Put into Deleted Items by the owner, and not moved out again'),
      moved: count.describe('Put into another folder by the owner'),
      flagged: count.describe('Flagged by the owner, and not put anywhere'),
      categorized: count.describe('Given a category by the owner, and neither of the above'),
      read: count.describe('Read by the owner, and none of the above'),
      automated: count.describe('Touched by our own actions alone'),
      left: count.describe('Arrived, and nothing else'),
      unknown: count.describe('What decides lies in a time when nobody watched, or before the mailbox was watched'),
    })
    .describe('Every message has one: the last place its owner put it, else the mark they gave it, else reading it'),
  movedTo: z
    .array(z.object({ mailboxId: id, id: z.string(), name: z.string().nullable(), count }))
    .describe('Where the messages with the outcome `moved` were put: the first five folders by their number'),
  actions: z
    .object({ read: action, deleted: action, moved: action, flagged: action, categorized: action })
    .describe('To how many messages the owner did it, whatever they did afterwards'),
  automated: count.describe('Events made by our own actions; they are part of no action of the owner'),
  excludedBlind: count.describe("The owner's actions in times when nobody watched; they are part of no action above"),
});

const summary = z.object({ from: moment, to: moment, items: z.array(senderResponse) });

/** Mounts what became of the mail of those who send most. */
export function mountSenders(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/events/senders'],
    {
      summary: 'The senders of most messages, and what became of their mail',
      tag: 'events',
      query,
      responses: {
        200: json(summary),
        404: noSuchMailbox,
        503: tooSlow,
      },
    },
    async ({ query: { by, limit, ...asked } }, { userId }) => {
      const window = await readWindow(userId, asked, lengths);
      const senders = await summarizeSenders(window, { by, limit });
      const mailboxIds = senders.flatMap(({ movedTo }) => movedTo.map(({ mailboxId }) => mailboxId));
      const nameOf = await readFolderNames(userId, mailboxIds);
      const items = senders.map((sender) => presentSender(sender, nameOf));
      return { status: 200, body: { from: window.from.toISOString(), to: window.to.toISOString(), items } };
    },
  );
}

function presentSender({ movedTo, ...sender }: SenderSummary, nameOf: FolderNames): z.output<typeof senderResponse> {
  return {
    ...sender,
    movedTo: movedTo.map(({ mailboxId, folderId, messages }) => ({
      mailboxId,
      id: folderId,
      name: nameOf(mailboxId, folderId),
      count: messages,
    })),
  };
}
