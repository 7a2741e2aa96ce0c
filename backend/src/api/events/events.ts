import { z } from 'zod';
import { cursorForm } from '../../http/cursor.ts';
import { canonicalAddress, canonicalDomain } from '../../lib/canonical-address.ts';
import { json, route, type RouteContext } from '../../http/route.ts';
import { eventTypes } from '../../models/EmailEvent.ts';
import type { EventPlace } from '../../observation/reports/event-filter.ts';
import { listEvents } from '../../observation/reports/event-queries.ts';
import { readFolderNames } from '../../observation/reports/folder-names.ts';
import { eventResponse, presentEvent } from './events.presenter.ts';
import { mountSenders } from './events-senders.ts';
import { mountTimeline } from './events-timeline.ts';
import { unknownFolder } from '../../rules/places/known-folders.ts';
import { readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import { findFolder } from '../../rules/places/place-fault.ts';
import { requireOrder, requireOwnMailbox, windowFields } from '../ownership.ts';
import { folderName, listOf, noSuchMailbox, pageSchema, pageQuery, tooSlow } from '../schemas.ts';

const form = /^(\d{1,15})\.([\da-f]{24})\.(\d{1,15})$/;

const { encode: encodeCursor, schema: cursor } = cursorForm<EventPlace>(
  ({ timestamp, id, stateVersion }) => `${timestamp.getTime()}.${id}.${stateVersion}`,
  (written) => {
    const [, milliseconds, id, version] = form.exec(written) ?? [];
    return id === undefined
      ? undefined
      : { timestamp: new Date(Number(milliseconds)), id, stateVersion: Number(version) };
  },
);

const text = z.string().max(500);
const notEmpty = z.string().min(1);

const query = z.strictObject({
  ...windowFields,
  messageId: z.string().min(1).max(1_000).optional().describe('The events of one message'),
  type: listOf(eventTypes),
  sender: text.transform(canonicalAddress).pipe(notEmpty).optional().describe('Sender address'),
  domain: text.transform(canonicalDomain).pipe(notEmpty).optional().describe('Domain of the sender address'),
  folder: folderName.optional().describe('Events that moved mail from or to it. Folder id; or, of one mailbox, a path'),
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
      const folderId = folder === undefined ? undefined : await folderIdOf({ userId, mailboxId: mailbox }, folder);
      const { events, next } = await listEvents(
        { ...filter, userId, mailboxId: mailbox, types: type, folderId },
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

/** A folder that is not there any more has no path: its id stands for itself. @throws AppError 400 ambiguous_folder */
async function folderIdOf(
  { userId, mailboxId }: { readonly userId: string; readonly mailboxId: string | undefined },
  idOrPath: string,
): Promise<string> {
  if (mailboxId === undefined) return idOrPath;
  const { folders } = await readOwnedMailbox({ userId, mailboxId });
  const found = findFolder(idOrPath, folders);
  if (!found.ok && found.fault === 'ambiguous_folder') throw unknownFolder('folder', found);
  return found.ok ? found.id : idOrPath;
}
