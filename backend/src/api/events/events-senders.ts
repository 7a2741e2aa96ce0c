import { z } from 'zod';
import { dayMs } from '../../lib/durations.ts';
import { json, route, type RouteContext } from '../../http/route.ts';
import { type SenderSummary, summarizeSenders } from '../../observation/reports/event-senders.ts';
import { type FolderNames, readFolderNames } from '../../observation/reports/folder-names.ts';
import { readWindow, windowFields } from '../ownership.ts';
import { count, id, moment, noSuchMailbox, tooSlow } from '../schemas.ts';

/** Events are kept for 90 days. A longer window is allowed, and finds nothing beyond them. */
const lengths = { usualMs: 30 * dayMs, maxMs: 366 * dayMs };

const query = z.strictObject({
  ...windowFields,
  from: windowFields.from.describe('30 days before `to` when omitted'),
  by: z.enum(['address', 'domain']).default('address'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

const action = z.object({
  messages: count,
  medianSeconds: z.number().nullable().describe('From arrival to action, approximate; null: unknown'),
});

const senderResponse = z
  .object({
    sender: z.string().nullable().describe('Address or domain; null: mail without a sender'),
    messages: count.describe('Messages with an event in this period; the sum of the outcomes'),
    arrived: count.describe('Messages among them that arrived in this period'),
    outcomes: z
      .object({
        deleted: count.describe('Moved to Deleted Items by the owner and not moved out again, or found there'),
        disappeared: count.describe('Gone without having been seen in Deleted Items'),
        moved: count.describe('Moved to another folder by the owner, or found there'),
        flagged: count.describe('Flagged by the owner, and not moved'),
        categorized: count.describe('Categorized by the owner, and none of the above'),
        read: count.describe('Read by the owner or found read in the inbox, and none of the above'),
        automated: count.describe('Changed by rules only'),
        left: count.describe('Arrived or found unread in the inbox, and nothing else happened'),
        unknown: count.describe(
          'The deciding change happened while the mailbox was not monitored, or the folder is unknown',
        ),
      })
      .describe(
        'One per message: where the owner moved it last, else how they marked it, else that they read it. ' +
          'Mail found in place counts as where it rests',
      ),
    ofThemFoundInPlace: z
      .object({ deleted: count, moved: count, read: count, left: count })
      .describe('Messages among the outcomes that monitoring found in place: the owner was not seen acting on them'),
    deletedUnread: count.describe('Messages with the outcome `deleted` that were unread when they were deleted'),
    movedTo: z
      .array(z.object({ mailboxId: id, id: z.string(), name: z.string().nullable(), count }))
      .describe('Destinations of the messages with the outcome `moved`: the five most frequent folders'),
    actions: z
      .object({ read: action, deleted: action, moved: action, flagged: action, categorized: action })
      .describe('Messages on which the owner did this, whatever they did afterwards'),
    automated: count.describe('Events caused by rules; not counted as actions of the owner'),
    excludedBlind: count.describe('Actions of the owner while the mailbox was not monitored; not counted above'),
  })
  .meta({ id: 'Sender' });

const summary = z.object({ from: moment, to: moment, items: z.array(senderResponse) });

/** Mounts the summary of the top senders. */
export function mountSenders(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/events/senders'],
    {
      summary: 'Top senders, and what the owner did with their mail',
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
