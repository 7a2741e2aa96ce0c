import { z } from 'zod';
import { cursor, encodeCursor } from '../../http/cursor.ts';
import { json, route, type RouteContext } from '../../http/route.ts';
import { eventTypes } from '../../models/EmailEvent.ts';
import { listEvents } from '../../observation/reports/event-queries.ts';
import { readFolderNames } from '../../observation/reports/folder-names.ts';
import { eventResponse, presentEvent } from './events.presenter.ts';
import { mountSenders } from './events-senders.ts';
import { mountTimeline } from './events-timeline.ts';
import { requireOrder, requireOwnMailbox, windowFields } from '../ownership.ts';
import { listOf, noSuchMailbox, pageSchema, pageQuery, tooSlow } from '../schemas.ts';

const text = z.string().trim().toLowerCase().min(1).max(320);

const query = z.strictObject({
  ...windowFields,
  type: listOf(eventTypes),
  sender: text.optional().describe('Sender address'),
  domain: text.optional().describe('Domain of the sender address'),
  folder: z.string().min(1).max(1_000).optional().describe('Folder id: events that moved mail from or to it'),
  order: z.enum(['desc', 'asc']).default('desc').describe('By time; desc: newest first'),
  ...pageQuery(cursor),
});

const page = pageSchema(eventResponse);

/** Mounts the events of a user's mailboxes. */
export function mountEvents(context: RouteContext): void {
  mountList(context);
  mountSenders(context);
  mountTimeline(context);
}

function mountList(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/events'],
    {
      summary: 'Mail events, paginated; new events do not shift pages',
      tag: 'events',
      query,
      responses: { 200: json(page), 404: noSuchMailbox, 503: tooSlow },
    },
    async ({ query: { mailbox, type, folder, order, limit, cursor: after, ...filter } }, { userId }) => {
      requireOrder(filter);
      await requireOwnMailbox(userId, mailbox);
      const { events, next } = await listEvents(
        { ...filter, userId, mailboxId: mailbox, types: type, folderId: folder },
        { limit, order: order === 'desc' ? 'newest-first' : 'oldest-first', after },
      );
      const nameOf = await readFolderNames(
        userId,
        events.map(({ mailboxId }) => mailboxId.toString()),
      );
      const items = events.map((event) => presentEvent(event, nameOf));
      return { status: 200, body: { items, nextCursor: next === undefined ? null : encodeCursor(next) } };
    },
  );
}
