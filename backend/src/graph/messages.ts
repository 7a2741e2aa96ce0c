import { z } from 'zod';
import { graphTime } from './answer.ts';
import { type DeltaItem, deltaItemOf } from './delta.ts';
import { type Page, pageOf } from './paging.ts';
import type { GraphRequest } from './request.ts';
import { messageFields, placementFields } from './select.ts';

const recipient = z.object({
  emailAddress: z.object({ name: z.string().nullish(), address: z.string().nullish() }),
});

const message = z.object({
  id: z.string(),
  parentFolderId: z.string(),
  internetMessageId: z.string().nullish(),
  conversationId: z.string().nullish(),
  receivedDateTime: graphTime.nullish(),
  lastModifiedDateTime: graphTime.nullish(),
  subject: z.string().nullish(),
  from: recipient.nullish(),
  importance: z.string(),
  hasAttachments: z.boolean().nullish(),
  isRead: z.boolean().nullish(),
  isDraft: z.boolean().nullish(),
  flag: z.object({ flagStatus: z.string() }).nullish(),
  categories: z.array(z.string()),
  internetMessageHeaders: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
} satisfies Record<(typeof messageFields)[number], z.ZodType>);
export type Message = z.infer<typeof message>;

/** Graph may leave out what did not change. */
const changedMessage = message.partial().required({ id: true });
export type ChangedMessage = z.infer<typeof changedMessage>;

const placement = message.pick({ id: true, parentFolderId: true });
type Placement = z.infer<typeof placement>;

/** The metadata of a message. */
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

/** Asks only where a message rests. */
function getPlacement(messageId: string): GraphRequest<Placement> {
  return { ...getMessage(messageId), select: placementFields, answer: placement };
}

interface DeltaOptions {
  /** A wish: Graph may give fewer, or more. */
  readonly pageSize: number;
  /** The delta link of the last round; every message of the folder when left out. */
  readonly link?: string | undefined;
}

/**
 * What changed among the messages of one folder; a message moved away is removed from it. Without a link it gives
 * every message, the newest first: it is not narrowed by time, for a filtered round ends at 5,000 messages.
 */
export function messagesDelta(folderId: string, options: DeltaOptions): GraphRequest<Page<DeltaItem<ChangedMessage>>> {
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

interface MessageChanges {
  readonly isRead?: boolean | undefined;
  readonly flag?: { readonly flagStatus: 'notFlagged' | 'flagged' | 'complete' };
  /** All categories that the message has afterwards. */
  readonly categories?: readonly string[] | undefined;
}

/** Sets properties of a message. The answer is cut to where it rests, or it would hold the mail's content. */
export function patchMessage(messageId: string, changes: MessageChanges): GraphRequest<Placement> {
  return { ...getPlacement(messageId), method: 'PATCH', body: changes };
}

/**
 * Moves a message. After a failure that `mayHaveHappened`, read the message: it is not moved twice by itself.
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
