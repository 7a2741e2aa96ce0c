import { z } from 'zod';
import { eventTypes } from '../../models/EmailEvent.ts';
import type { StoredEvent } from '../../observation/reports/event-queries.ts';
import type { FolderNames } from '../../observation/reports/folder-names.ts';
import { count, id, moment } from '../schemas.ts';

const folder = z.object({
  id: z.string(),
  name: z.string().nullable().describe('null: unknown, or the folder no longer exists'),
});
const known = z.boolean().nullable().describe('null: unknown, Graph returned no headers');

export const eventResponse = z
  .object({
    id: z.string().describe('Identifies the occurrence, and stays the same when the event happens again'),
    mailboxId: id,
    messageId: z.string().describe("Graph's immutable message id"),
    type: z.enum(eventTypes),
    timestamp: moment.describe('Time of this occurrence'),
    occurrences: count.describe('Number of occurrences on this message, up to this one'),
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
    isRead: z.boolean().describe('The read state at that time'),
    metadata: z.object({
      hasListUnsubscribe: known,
      isNewsletter: known,
      isAutomated: known.describe('true: sent or distributed by a program; null: unknown'),
      listId: z.string().nullable().describe('The identifier of its mailing list (RFC 2919)'),
      automatedByRule: id.nullable().describe('The rule that caused the event; null: the owner did'),
      automatedByAction: id.nullable().describe('The audit log entry of the action that caused the event'),
      recognized: z
        .boolean()
        .describe('true: MSEDB caused it, but the audit log has no entry, as an older backup was restored'),
      foundInPlace: z.boolean().describe('true: it was found when monitoring started'),
    }),
  })
  .meta({ id: 'Event' });

/** Presents an event. */
export function presentEvent(event: StoredEvent, nameOf: FolderNames): z.output<typeof eventResponse> {
  const { sender, importance, hasAttachments, categories, isRead } = event;
  const mailboxId = event.mailboxId.toString();
  const presentFolder = (folderId: string | undefined) =>
    folderId === undefined ? null : nameOf.folder(mailboxId, folderId);
  return {
    id: `${event._id.toString()}.${event.stateVersion}`,
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
    listId: metadata?.listId ?? null,
    automatedByRule: metadata?.automatedByRule?.toString() ?? null,
    automatedByAction: metadata?.automatedByAction?.toString() ?? null,
    recognized: metadata?.recognized ?? false,
    foundInPlace: metadata?.foundInPlace ?? false,
  };
}
