import { z } from 'zod';
import { badRequest, cannotDelete } from '../errors.ts';
import type { EmulatorReply } from '../http/exchange.ts';
import { deleteOwnFolder, isOwnFolder } from '../mailbox/own-drafts.ts';
import { type GraphContext, requireScope, writeMail } from './context.ts';
import { refuseDeletion } from './messages.ts';
import { written } from './written.ts';

const recipient = z.object({ emailAddress: z.object({ name: z.string().optional(), address: z.string() }) });
const draftBody = z.strictObject({
  subject: z.string().optional(),
  body: z.object({ contentType: z.string(), content: z.string() }).optional(),
  toRecipients: z.array(recipient).optional(),
  categories: z.array(z.string()).optional(),
  isRead: z.boolean().optional(),
  internetMessageHeaders: z
    .array(z.object({ name: z.string().regex(/^x-/i), value: z.string() }))
    .max(5)
    .optional(),
});

/** POST messages, and POST mailFolders/{id}/messages: a draft of the app's own. @throws 400, 404 for the folder */
export function createDraft(context: GraphContext): EmulatorReply {
  requireScope(context, writeMail);
  const parsed = draftBody.safeParse(context.request.body);
  if (!parsed.success) throw badRequest(z.prettifyError(parsed.error), 'ErrorInvalidRequest');
  const { subject, categories, isRead, toRecipients = [], internetMessageHeaders = [] } = parsed.data;
  const { mailbox, params } = context;
  const message = mailbox.deliver({
    from: mailbox.owner,
    subject: subject ?? '',
    categories,
    isRead: isRead ?? true,
    isDraft: true,
    kind: 'draft',
    byApp: true,
    to: toRecipients.map(({ emailAddress: { name, address } }) => ({ name: name ?? address, address })),
    headers: headersOf(context, internetMessageHeaders),
    folder: params['folder'] ?? 'drafts',
  });
  return written(context, message, { status: 201, hasBody: false });
}

/** DELETE messages/{id}: of a draft of the app's own, as Shift+Delete; of other mail it is refused. @throws 403, 405 */
export function deleteMessage(context: GraphContext): EmulatorReply {
  const { mailbox, params } = context;
  const message = mailbox.getReadable(params['message'] ?? '');
  if (!message.byApp) return refuseDeletion(context);
  requireScope(context, writeMail);
  if (message.recoverableUntilMs !== undefined) throw cannotDelete();
  mailbox.softDelete(message.id, 'app');
  return { status: 204 };
}

/** DELETE mailFolders/{id}: of a folder of the app's own with own drafts only; others are refused. @throws 405 */
export function deleteFolder(context: GraphContext): EmulatorReply {
  const { mailbox, params } = context;
  const folder = mailbox.getReadableFolder(params['folder'] ?? '');
  if (!isOwnFolder(mailbox, folder)) return refuseDeletion(context);
  requireScope(context, writeMail);
  deleteOwnFolder(mailbox, folder);
  return { status: 204 };
}

/** The headers as the tenant keeps them: one without a value may be null, or lost. */
function headersOf(
  { tenant }: GraphContext,
  given: readonly { readonly name: string; readonly value: string }[],
): Record<string, string | null> {
  const headers: Record<string, string | null> = {};
  for (const { name, value } of given) {
    if (value !== '' || tenant.emptyHeader === 'empty') headers[name] = value;
    else if (tenant.emptyHeader === 'null') headers[name] = null;
  }
  return headers;
}
