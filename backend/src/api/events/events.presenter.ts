import { z } from 'zod';
import { eventTypes } from '../../models/EmailEvent.ts';
import type { StoredEvent } from '../../observation/reports/event-queries.ts';
import type { FolderNames } from '../../observation/reports/folder-names.ts';
import { count, id, moment } from '../schemas.ts';

const folder = z.object({ id: z.string(), name: z.string().nullable().describe('null: not known, or not any more') });
const known = z.boolean().nullable().describe('null: Graph gave no headers to tell it from');

export const eventResponse = z.object({
  id,
  mailboxId: id,
  messageId: z.string().describe("Graph's immutable message id"),
  type: z.enum(eventTypes),
  timestamp: moment.describe('When it happened last'),
  occurrences: count.describe('How many times it happened to this message'),
  sender: z.object({
    name: z.string().nullable(),
    email: z.string().nullable(),
    domain: z.string().nullable(),
  }),
  subject: z.string().nullable(),
  receivedAt: moment.nullable(),
  timeToAction: count.nullable().describe('Seconds from arrival to this event; null for an arrival'),
  fromFolder: folder.nullable(),
  toFolder: folder.nullable(),
  importance: z.enum(['low', 'normal', 'high']),
  hasAttachments: z.boolean(),
  categories: z.array(z.string()),
  isRead: z.boolean().describe('Whether the message was read then'),
  metadata: z.object({
    hasListUnsubscribe: known,
    isNewsletter: known,
    isAutomated: known.describe('Whether the mail was written by a program; null: not known'),
    automatedByRule: id.nullable().describe('The rule that did it, in place of the owner'),
    automatedByAction: id.nullable().describe('The entry of the audit log that says what of ours did it'),
    foundInPlace: z.boolean().describe('It was there before its mailbox was watched'),
  }),
});

/** What an owner sees of an event. */
export function presentEvent(event: StoredEvent, nameOf: FolderNames): z.output<typeof eventResponse> {
  const { sender, importance, hasAttachments, categories, isRead } = event;
  const mailboxId = event.mailboxId.toString();
  const presentFolder = (folderId: string | undefined) =>
    folderId === undefined ? null : { id: folderId, name: nameOf(mailboxId, folderId) };
  return {
    id: event._id.toString(),
    mailboxId,
    messageId: event.messageId,
    type: event.eventType,
    timestamp: event.timestamp.toISOString(),
    occurrences: event.occurrences,
    sender: { name: sender?.name ?? null, email: sender?.email ?? null, domain: sender?.domain ?? null },
    subject: event.subject ?? null,
    receivedAt: event.receivedAt?.toISOString() ?? null,
    timeToAction: event.timeToAction ?? null,
    fromFolder: presentFolder(event.fromFolder),
    toFolder: presentFolder(event.toFolder),
    importance,
    hasAttachments,
    categories,
    isRead,
    metadata: presentMetadata(event.metadata),
  };
}

function presentMetadata(metadata: StoredEvent['metadata']): z.output<typeof eventResponse>['metadata'] {
  return {
    hasListUnsubscribe: metadata?.hasListUnsubscribe ?? null,
    isNewsletter: metadata?.isNewsletter ?? null,
    isAutomated: metadata?.isAutomated ?? null,
    automatedByRule: metadata?.automatedByRule?.toString() ?? null,
    automatedByAction: metadata?.automatedByAction?.toString() ?? null,
    foundInPlace: metadata?.foundInPlace ?? false,
  };
}
