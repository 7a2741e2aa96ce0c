import { z } from 'zod';
import { GraphFailure, badRequest } from '../errors.ts';
import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import { param } from '../http/router.ts';
import type { Message } from '../mailbox/message.ts';
import {
  type GraphContext,
  readMail,
  writeMail,
  contextUrl,
  numberIn,
  preferredPageSize,
  requireScope,
} from './context.ts';
import { parseFilter } from './filter.ts';
import { defaultProperties, etag, viewMessage } from './message-view.ts';
import { selectedProperties } from './select.ts';

const defaultPage = 10;
const maxPage = 1_000; // Graph's limit for $top on messages

/** GET messages of the mailbox, or of one folder. */
export function listMessages(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const { request, mailbox, params, privacy, immutableIds } = context;
  const properties = selectedProperties(request, privacy);
  const isWanted = parseFilter(request.query.get('$filter'));
  const size = pageSize(request);
  const skip = numberIn(request.query, '$skip') ?? 0;
  const all = mailbox.messages(params['folder']).filter((message) => isWanted(message));
  sortMessages(all, request.query.get('$orderby') ?? 'receivedDateTime desc');
  const page = all.slice(skip, skip + size);
  privacy.served(['id', ...properties], page.length);
  const next = new URLSearchParams(request.query);
  next.set('$skip', String(skip + size));
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(context, `messages(${properties.join(',')})`),
      ...(request.query.get('$count') === 'true' ? { '@odata.count': all.length } : {}),
      value: page.map((message) => viewMessage(message, properties, immutableIds)),
      ...(skip + size < all.length
        ? { '@odata.nextLink': `${request.origin}/v1.0${request.path}?${next.toString()}` }
        : {}),
    },
  };
}

/** GET messages/{id}, with an id of either form. */
export function getMessage(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const { request, mailbox, params, privacy, immutableIds } = context;
  const properties = selectedProperties(request, privacy);
  const message = mailbox.get(param(params, 'message'));
  privacy.served(['id', ...properties]);
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(context, `messages(${properties.join(',')})/$entity`),
      ...viewMessage(message, properties, immutableIds),
    },
  };
}

const dateTime = z.object({ dateTime: z.string(), timeZone: z.string() });
const patchBody = z.strictObject({
  isRead: z.boolean().optional(),
  categories: z.array(z.string()).optional(),
  flag: z
    .object({
      flagStatus: z.enum(['notFlagged', 'flagged', 'complete']),
      startDateTime: dateTime.optional(),
      dueDateTime: dateTime.optional(),
      completedDateTime: dateTime.optional(),
    })
    .optional(),
});

/** PATCH messages/{id}: read state, flag, categories. @throws 412 when `If-Match` names an older version */
export function patchMessage(context: GraphContext): EmulatorReply {
  requireScope(context, writeMail);
  const parsed = patchBody.safeParse(context.request.body);
  if (!parsed.success)
    throw badRequest('The emulator changes isRead, flag and categories only.', 'ErrorInvalidRequest');
  const id = param(context.params, 'message');
  const expected = context.request.headers['if-match'];
  if (expected !== undefined && expected !== '*' && expected !== etag(context.mailbox.get(id))) {
    throw new GraphFailure(
      412,
      'ErrorIrresolvableConflict',
      'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
    );
  }
  return written(context, context.mailbox.update(id, parsed.data, 'app'), 200);
}

const moveBody = z.object({ destinationId: z.string().min(1) });

/** POST messages/{id}/move. */
export function moveMessage(context: GraphContext): EmulatorReply {
  requireScope(context, writeMail);
  const parsed = moveBody.safeParse(context.request.body);
  if (!parsed.success) throw badRequest('The move needs a destinationId.', 'ErrorInvalidRequest');
  const message = context.mailbox.move(param(context.params, 'message'), parsed.data.destinationId, 'app');
  return written(context, message, 201);
}

/** Deleting for good is its owner's: recorded, and refused. @throws 405 */
export function refuseDeletion({ request, privacy }: GraphContext): never {
  privacy.violate({ method: request.method, path: request.path, reason: 'deletes mail for good' });
  throw new GraphFailure(
    405,
    'ErrorMethodNotAllowed',
    'The emulator lets no app delete mail for good: move it to deleteditems.',
  );
}

/** Attachments and the MIME source are content: recorded, and refused. @throws 400 */
export function refuseContent({ request, privacy }: GraphContext): never {
  privacy.refuse({ method: request.method, path: request.path, reason: 'reads content' });
  throw badRequest('The emulator refuses to serve content.', 'EmulatorPrivacyRefused');
}

/** Graph answers a write with the message, whole unless properties are selected. */
function written(context: GraphContext, message: Message, status: number): EmulatorReply {
  const { request, privacy, immutableIds } = context;
  const isSelected = request.query.has('$select');
  const properties = isSelected ? selectedProperties(request, privacy) : defaultProperties;
  if (isSelected) privacy.served(['id', ...properties]);
  else privacy.echoed(['id', ...properties]);
  return {
    status,
    body: {
      '@odata.context': contextUrl(context, 'messages/$entity'),
      ...viewMessage(message, properties, immutableIds),
    },
  };
}

function pageSize(request: EmulatorRequest): number {
  const size = numberIn(request.query, '$top') ?? preferredPageSize(request) ?? defaultPage;
  if (size < 1 || size > maxPage) throw badRequest(`Invalid value '${size}' for $top query option: 1 to ${maxPage}.`);
  return size;
}

function sortMessages(messages: Message[], order: string): void {
  if (order === 'receivedDateTime desc') messages.sort((a, b) => b.receivedAtMs - a.receivedAtMs);
  else if (order === 'receivedDateTime asc' || order === 'receivedDateTime')
    messages.sort((a, b) => a.receivedAtMs - b.receivedAtMs);
  else throw badRequest(`The emulator sorts by receivedDateTime only, not by '${order}'.`, 'ErrorInvalidUrlQuery');
}
