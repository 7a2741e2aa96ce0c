import { z } from 'zod';
import { graphTime } from './answer.ts';
import { graphSecond } from './graph-second.ts';
import { secondMs } from '../lib/durations.ts';
import { lenientList, text } from './lenient.ts';
import { type DeltaItem, deltaItemOf } from './delta.ts';
import { type Page, pageOf } from './paging.ts';
import type { GraphRequest } from './request.ts';
import { messageFields, placementFields, restingFields } from './select.ts';

const recipient = z.object({ emailAddress: z.object({ name: text, address: text }).nullish() });

const described = {
  id: z.string(),
  parentFolderId: z.string(),
  internetMessageId: text,
  conversationId: text,
  receivedDateTime: graphTime.nullish(),
  lastModifiedDateTime: graphTime.nullish(),
  subject: text,
  from: recipient.nullish(),
  importance: text,
  hasAttachments: z.boolean().nullish(),
  isRead: z.boolean().nullish(),
  isDraft: z.boolean().nullish(),
  flag: z.object({ flagStatus: text }).nullish(),
  categories: lenientList(z.string()),
  internetMessageHeaders: lenientList(z.object({ name: z.string(), value: z.string() })),
} satisfies Record<(typeof messageFields)[number], z.ZodType>;
/** The type is told unasked, for items that are more than a message. */
const message = z.object({ ...described, '@odata.type': text });
export type Message = z.infer<typeof message>;

/** Graph may leave out unchanged properties. An entry without an etag has changed ones only. */
const changedMessage = message.extend({ parentFolderId: text, '@odata.etag': text });
export type ChangedMessage = z.infer<typeof changedMessage>;

const placement = message.pick({ id: true, parentFolderId: true });
type Placement = z.infer<typeof placement>;

const restingMessage = message.pick({ id: true, parentFolderId: true, isRead: true, flag: true, categories: true });
/** A message that lies in a folder: its properties only. */
export type ListedMessage = z.infer<typeof restingMessage>;

/** Tells if a message is an invitation to a meeting, or an answer or a change to one: eventMessage or a type below it. */
export function isMeetingMessage({ '@odata.type': type }: Pick<Message, '@odata.type'>): boolean {
  return type?.toLowerCase().startsWith('#microsoft.graph.eventmessage') === true;
}

/** Reads the metadata of a message. */
export function getMessage(messageId: string): GraphRequest<Message> {
  return {
    method: 'GET',
    route: '/me/messages/{messageId}',
    ids: { messageId },
    select: messageFields,
    repeatable: true,
    answer: message,
  };
}

const atOnce = 50;

/** Lists the messages of the whole mailbox that were received within one second: Graph's times have no fractions. */
export function messagesReceivedAt(receivedAt: Date): GraphRequest<Page<Message>> {
  const second = graphSecond(receivedAt.getTime()).getTime();
  const [from, until] = [second, second + secondMs].map((ms) => new Date(ms).toISOString());
  return {
    method: 'GET',
    route: '/me/messages',
    select: messageFields,
    query: { $filter: `receivedDateTime ge ${from} and receivedDateTime lt ${until}`, $top: String(atOnce) },
    repeatable: true,
    answer: pageOf(message),
  };
}

/** Lists the folders of all messages of the mailbox that were received at this time or later. */
export function messagesReceivedSince(receivedAt: Date): GraphRequest<Page<Placement>> {
  return {
    method: 'GET',
    route: '/me/messages',
    select: placementFields,
    query: { $filter: `receivedDateTime ge ${receivedAt.toISOString()}`, $top: String(atOnce) },
    repeatable: true,
    answer: pageOf(placement),
  };
}

/** Reads only the folder of a message. */
function getPlacement(messageId: string): GraphRequest<Placement> {
  return { ...getMessage(messageId), select: placementFields, answer: placement };
}

interface ListOptions {
  /** Requested size; Graph may return fewer, or more. */
  readonly pageSize: number;
  /** The link of the last query; all messages are listed when it is left out. */
  readonly link?: string | undefined;
}

/**
 * Lists changed messages of one folder; a message that moved away is listed as removed. Without a link it lists all
 * messages, newest first. It is not filtered by time, because Graph ends a filtered delta query at 5,000 messages.
 */
export function messagesDelta(folderId: string, options: ListOptions): GraphRequest<Page<DeltaItem<ChangedMessage>>> {
  const { pageSize, link } = options;
  return {
    method: 'GET',
    route: '/me/mailFolders/{folderId}/messages/delta',
    ids: { folderId },
    select: messageFields,
    prefer: [`odata.maxpagesize=${pageSize}`],
    ...(link === undefined ? { query: { $orderby: 'receivedDateTime desc' } } : { link }),
    repeatable: true,
    answer: pageOf(deltaItemOf(changedMessage)),
  };
}

/**
 * Lists the messages that lie in a folder.
 * @param options pageSize: 1 to 1,000; link: the next link of an earlier page, which it continues
 */
export function listMessages(folderId: string, { pageSize, link }: ListOptions): GraphRequest<Page<ListedMessage>> {
  return {
    method: 'GET',
    route: '/me/mailFolders/{folderId}/messages',
    ids: { folderId },
    select: restingFields,
    query: { $top: String(pageSize) },
    link,
    repeatable: true,
    answer: pageOf(restingMessage),
  };
}

interface MessageChanges {
  readonly isRead?: boolean | undefined;
  readonly flag?: { readonly flagStatus: 'notFlagged' | 'flagged' | 'complete' };
  /** The complete list of categories afterwards. */
  readonly categories?: readonly string[] | undefined;
}

/** Sets properties of a message. `$select` restricts the answer, which would otherwise hold the content of the mail. */
export function patchMessage(messageId: string, changes: MessageChanges): GraphRequest<Placement> {
  return { ...getPlacement(messageId), method: 'PATCH', body: changes };
}

/**
 * Moves a message. It is not retried: after a failure that `mayHaveHappened`, read the message.
 * @param folderId an id or a well-known name
 */
export function moveMessage(messageId: string, folderId: string): GraphRequest<Placement> {
  return {
    ...getPlacement(messageId),
    method: 'POST',
    route: '/me/messages/{messageId}/move',
    body: { destinationId: folderId },
    repeatable: false,
  };
}
