import { z } from 'zod';
import { GraphFailure, accessDenied, badRequest, cannotDelete, itemNotFound } from '../errors.ts';
import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import { param } from '../http/router.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Message } from '../mailbox/message.ts';
import {
  type GraphContext,
  readMail,
  writeMail,
  contextUrl,
  isBasic,
  numberIn,
  preferredPageSize,
  requireScope,
} from './context.ts';
import { parseFilter } from './filter.ts';
import { viewListed, viewMessage } from './message-view.ts';
import { selectedProperties } from './select.ts';
import { written } from './written.ts';

const defaultPage = 10;
/** Says in a nextLink that the page without items has been given. */
const afterEmpty = 'afterEmpty';
const maxPage = 1_000; // Graph's limit for $top on messages

/** GET messages of the mailbox, or of one folder. */
export function listMessages(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const { request, mailbox, params, privacy, immutableIds, awkward } = context;
  const properties = selectedProperties(context);
  const isWanted = parseFilter(request.query.get('$filter'));
  const size = pageSize(request);
  const skip = numberIn(request.query, '$skip') ?? 0;
  const folder = params['folder'] === undefined ? undefined : mailbox.getReadableFolder(params['folder']).id;
  const all = mailbox.messages(folder).filter((message) => isWanted(message));
  sortMessages(all, request.query.get('$orderby') ?? 'receivedDateTime desc');
  if (!request.query.has(afterEmpty) && awkward.strikes('emptyPage')) return emptyPage(context);
  const page = all.slice(skip, skip + size);
  privacy.served(['id', ...properties], page.length);
  const next = new URLSearchParams(request.query);
  next.set('$skip', String(skip + size));
  next.delete(afterEmpty);
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(context, `messages(${properties.join(',')})`),
      ...(request.query.get('$count') === 'true' ? { '@odata.count': all.length } : {}),
      value:
        page.length === 0 && awkward.strikes('nullPage')
          ? null
          : page.map((message) => viewListed(message, properties, immutableIds)),
      ...(skip + size < all.length
        ? { '@odata.nextLink': `${request.origin}/v1.0${request.path}?${next.toString()}` }
        : {}),
    },
  };
}

/** A page without items, whose nextLink leads on from the same place. */
function emptyPage(context: GraphContext): EmulatorReply {
  const { request } = context;
  const next = new URLSearchParams(request.query);
  next.set(afterEmpty, 'true');
  const link = `${request.origin}/v1.0${request.path}?${next.toString()}`;
  return {
    status: 200,
    body: { '@odata.context': contextUrl(context, 'messages'), value: [], '@odata.nextLink': link },
  };
}

/** GET messages/{id}, with an id of either form. */
export function getMessage(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const { mailbox, params, privacy, immutableIds } = context;
  const properties = selectedProperties(context);
  const message = readable(mailbox, param(params, 'message'));
  privacy.served(['id', ...properties]);
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(context, `messages(${properties.join(',')})/$entity`),
      ...viewMessage(message, properties, immutableIds),
    },
  };
}

const moveBody = z.object({ destinationId: z.string().min(1) });

/** POST messages/{id}/move. */
export function moveMessage(context: GraphContext): EmulatorReply {
  requireScope(context, writeMail);
  const parsed = moveBody.safeParse(context.request.body);
  if (!parsed.success) throw badRequest('The move needs a destinationId.', 'ErrorInvalidRequest');
  const { mailbox } = context;
  const { id } = mailbox.getReadable(param(context.params, 'message'));
  const message = mailbox.move(id, parsed.data.destinationId, 'app');
  return written(context, message, { status: 201, hasBody: context.tenant.moveAnswersBody });
}

/** Misses a message that has just come as often as it is to be missed. @throws 404, 400, 500 when it is corrupt */
function readable(mailbox: Mailbox, id: string): Message {
  const message = mailbox.getReadable(id);
  if (message.missesLeft > 0) {
    message.missesLeft -= 1;
    throw itemNotFound();
  }
  if (message.shape.isCorrupt) throw new GraphFailure(500, 'ErrorCorruptData', 'Data is corrupt.');
  return message;
}

/** Deleting for good is its owner's: recorded, and refused. @throws 403 for what is deleted already, otherwise 405 */
export function refuseDeletion({ request, privacy, mailbox, params }: GraphContext): never {
  privacy.violate({ method: request.method, path: request.path, reason: 'deletes mail for good' });
  const { message } = params;
  if (message !== undefined && mailbox.getReadable(message).recoverableUntilMs !== undefined) {
    throw cannotDelete();
  }
  throw new GraphFailure(
    405,
    'ErrorMethodNotAllowed',
    'The emulator lets no app delete mail for good: move it to deleteditems.',
  );
}

/** Attachments and the MIME source are content: recorded, and refused. @throws 400; 403 when the token has Mail.ReadBasic alone */
export function refuseContent({ request, privacy, token }: GraphContext): never {
  privacy.refuse({ method: request.method, path: request.path, reason: 'reads content' });
  if (isBasic(token)) throw accessDenied();
  throw badRequest('The emulator refuses to serve content.', 'EmulatorPrivacyRefused');
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
