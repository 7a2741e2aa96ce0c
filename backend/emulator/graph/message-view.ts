import { graphTime } from '../clock.ts';
import type { Address, Message } from '../mailbox/message.ts';

/** Content of a message: never given to a read. */
export const contentProperties: ReadonlySet<string> = new Set(['body', 'bodyPreview', 'uniqueBody', 'attachments']);

/** Text that stands for the content of every message, where Graph gives content unasked; it must turn up nowhere else. */
export const contentCanary = 'EMULATOR-CONTENT-CANARY';

type Read = (message: Message) => unknown;

const propertyReaders: Readonly<Record<string, Read>> = {
  createdDateTime: ({ createdAtMs }) => graphTime(createdAtMs),
  lastModifiedDateTime: ({ modifiedAtMs }) => graphTime(modifiedAtMs),
  changeKey: (message) => changeKey(message),
  categories: ({ categories }) => categories,
  receivedDateTime: ({ receivedAtMs }) => graphTime(receivedAtMs),
  sentDateTime: ({ receivedAtMs }) => graphTime(receivedAtMs - 2_000),
  hasAttachments: ({ hasAttachments }) => hasAttachments,
  internetMessageId: ({ internetMessageId }) => internetMessageId,
  subject: ({ subject }) => subject,
  bodyPreview: () => contentCanary,
  importance: ({ importance }) => importance,
  parentFolderId: ({ folderId }) => folderId,
  conversationId: ({ conversationId }) => conversationId,
  conversationIndex: ({ conversationId }) => Buffer.from(conversationId).toString('base64').slice(0, 28),
  isDeliveryReceiptRequested: () => false,
  isReadReceiptRequested: () => false,
  isRead: ({ isRead }) => isRead,
  isDraft: ({ isDraft }) => isDraft,
  webLink: ({ id }) =>
    `https://outlook.office365.com/owa/?ItemID=${encodeURIComponent(id)}&exvsurl=1&viewmodel=ReadMessageItem`,
  inferenceClassification: ({ inferenceClassification }) => inferenceClassification,
  body: () => ({ contentType: 'text', content: contentCanary }),
  uniqueBody: () => ({ contentType: 'text', content: contentCanary }),
  sender: ({ from }) => recipient(from),
  from: ({ from }) => recipient(from),
  toRecipients: ({ to, shape }) => recipients(to, shape.hasRecipientHoles),
  ccRecipients: ({ cc, shape }) => recipients(cc, shape.hasRecipientHoles),
  bccRecipients: () => [],
  replyTo: () => [],
  flag: ({ flag }) => flag,
  internetMessageHeaders: ({ headers }) => Object.entries(headers).map(([name, value]) => ({ name, value })),
};

const onlyWhenSelected: ReadonlySet<string> = new Set(['uniqueBody', 'internetMessageHeaders']);

/** What Graph answers when nothing is selected. */
export const defaultProperties: readonly string[] = Object.keys(propertyReaders).filter(
  (name) => !onlyWhenSelected.has(name),
);

export function isMessageProperty(name: string): boolean {
  return name === 'id' || Object.hasOwn(propertyReaders, name);
}

/** @param properties beside id and etag, which are always there */
export function viewMessage(
  message: Message,
  properties: readonly string[],
  immutableIds: boolean,
): Record<string, unknown> {
  const { type, absent, nulls } = message.shape;
  const view: Record<string, unknown> = {
    ...(type === 'message' ? {} : { '@odata.type': typeName(message) }),
    '@odata.etag': etag(message),
    id: idOf(message, immutableIds),
  };
  for (const property of properties) {
    const read = propertyReaders[property];
    if (read === undefined || absent.has(property)) continue;
    view[property] = nulls.has(property) ? null : read(message);
  }
  return view;
}

/** As `viewMessage`, in a page: of a corrupt message there is the id, and no more. */
export function viewListed(
  message: Message,
  properties: readonly string[],
  immutableIds: boolean,
): Record<string, unknown> {
  return message.shape.isCorrupt ? { id: idOf(message, immutableIds) } : viewMessage(message, properties, immutableIds);
}

/** A change as delta tells it, when it does not tell the whole: an etag only when it is among the properties. */
export function viewTold(
  message: Message,
  properties: readonly string[],
  immutableIds: boolean,
): Record<string, unknown> {
  const { '@odata.etag': tag, ...view } = viewMessage(message, properties, immutableIds);
  return properties.includes('@odata.etag') ? { '@odata.etag': tag, ...view } : view;
}

/** As `#microsoft.graph.message`. */
export function typeName({ shape }: Message): string {
  return `#microsoft.graph.${shape.type}`;
}

/** The id in the form that the caller prefers. */
export function idOf({ id, mutableId }: Message, immutableIds: boolean): string {
  return immutableIds ? id : mutableId;
}

export function etag(message: Message): string {
  return `W/"${changeKey(message)}"`;
}

function changeKey({ id, version }: Message): string {
  return `CQAAABYA${id.slice(-12, -4)}${version.toString(36).padStart(6, '0')}`;
}

/** With holes: an entry that is null, one that is empty, and one without an address. */
function recipients(addresses: readonly Address[], hasHoles: boolean): readonly unknown[] {
  const whole = addresses.map(recipient);
  return hasHoles ? [null, {}, ...whole, { emailAddress: { name: 'Somebody' } }] : whole;
}

function recipient({ name, address }: Address): Readonly<Record<string, unknown>> {
  return { emailAddress: { name, address } };
}
