import { z } from 'zod';
import { json, route, type RouteContext } from '../../http/route.ts';
import { folderKinds } from '../../models/Mailbox.ts';
import { readSeenCategories, readShownFolders, type ShownFolder } from '../../observation/reports/mailbox-folders.ts';
import { requireOwnMailbox } from '../ownership.ts';
import { count, id, moment, noSuchMailbox, tooSlow } from '../schemas.ts';

const tag = 'mailboxes';
const params = z.strictObject({ mailboxId: id });
const failures = { 404: noSuchMailbox, 503: tooSlow };

const folderResponse = z
  .object({
    id: z.string(),
    name: z.string(),
    parentId: z.string().nullable().describe('null: a folder at the top'),
    kind: z.enum(folderKinds).nullable().describe('null: an ordinary folder'),
    path: z.array(z.string()).describe('Names of the folders above it and its own, the outermost first'),
    isStaging: z.boolean().describe('true: mail waits here to be deleted; rules cannot use it'),
  })
  .meta({ id: 'MailboxFolder' });

const foldersResponse = z.object({
  items: z.array(folderResponse),
  syncedAt: moment.nullable().describe('All changes up to this time are known; null: not synchronized yet'),
});

const categoryResponse = z
  .object({ name: z.string(), messages: count.describe('Messages that have it now') })
  .meta({ id: 'MailboxCategory' });

/** Mounts what rules of a mailbox can be made of: its folders, and the categories of its mail. */
export function mountFolders(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/mailboxes/{mailboxId}/folders'],
    {
      summary: 'Folders of a mailbox, in the order of their paths',
      tag,
      params,
      responses: { 200: json(foldersResponse), ...failures },
    },
    async ({ params: { mailboxId } }, { userId }) => {
      const { folders, syncedAt } = await readShownFolders({ userId, mailboxId });
      return { status: 200, body: { items: folders.map(presentFolder), syncedAt: syncedAt?.toISOString() ?? null } };
    },
  );
  route(
    context,
    ['user', 'get', '/api/mailboxes/{mailboxId}/categories'],
    {
      summary: 'Categories of the messages of a mailbox, most frequent first, at most 200',
      tag,
      params,
      responses: { 200: json(z.object({ items: z.array(categoryResponse) })), ...failures },
    },
    async ({ params: { mailboxId } }, { userId }) => {
      await requireOwnMailbox(userId, mailboxId);
      return { status: 200, body: { items: await readSeenCategories(mailboxId) } };
    },
  );
}

function presentFolder({ parentId, kind, path, ...folder }: ShownFolder): z.output<typeof folderResponse> {
  return { ...folder, parentId: parentId ?? null, kind: kind ?? null, path: [...path] };
}
