import type { Message } from '../../graph/messages.ts';
import { canonicalAddress, domainOf } from '../../lib/canonical-address.ts';
import { sha256 } from '../../lib/crypto.ts';
import type { IEmailEvent } from '../../models/index.ts';
import { defined } from '../../lib/defined.ts';
import { type KnownProperties, type MessageProperties, propertiesOf } from '../../models/fields/message-properties.ts';
import { mailKindOf, type MailKind } from '../../graph/mail-kind.ts';
import { normalizeSubject } from '../../lib/normalize-subject.ts';

/** The part of a message that never changes. */
export type MessageDetails = Pick<
  IEmailEvent,
  | 'internetMessageId'
  | 'sender'
  | 'subject'
  | 'subjectNormalized'
  | 'receivedAt'
  | 'importance'
  | 'hasAttachments'
  | 'conversationId'
> & { kind?: Partial<MailKind> };

/** A message of Graph in the terms of MSEDB. */
export interface MessageSnapshot {
  readonly properties: MessageProperties;
  readonly isDraft: boolean;
  readonly modifiedAt: Date | undefined;
  readonly subjectHash: string | undefined;
  readonly details: MessageDetails;
}

/**
 * Converts a message of Graph. Values beyond those that Graph documents count as the ordinary case.
 * @param known what was known of the message: it stands where Graph gives null or nothing
 */
export function snapshotOf(message: Message, known?: KnownProperties): MessageSnapshot {
  const subject = message.subject ?? undefined;
  const subjectNormalized = subject === undefined ? undefined : normalizeSubject(subject);
  const sender = senderOf(message.from);
  return {
    properties: propertiesOf(message, known),
    isDraft: message.isDraft ?? false,
    modifiedAt: message.lastModifiedDateTime ?? undefined,
    subjectHash: subjectNormalized === undefined ? undefined : sha256(subjectNormalized),
    details: defined<MessageDetails>({
      internetMessageId: message.internetMessageId ?? undefined,
      sender,
      subject,
      subjectNormalized,
      receivedAt: message.receivedDateTime ?? undefined,
      importance: importanceOf(message.importance),
      hasAttachments: message.hasAttachments ?? false,
      conversationId: message.conversationId ?? undefined,
      kind: mailKindOf(message.internetMessageHeaders, sender?.email),
    }),
  };
}

function senderOf(from: Message['from']): IEmailEvent['sender'] {
  const { name, address } = from?.emailAddress ?? {};
  const email = canonicalAddress(address ?? '');
  const sender = defined<NonNullable<IEmailEvent['sender']>>({
    name: name ?? undefined,
    email: email === '' ? undefined : email,
    domain: domainOf(email),
  });
  return Object.keys(sender).length === 0 ? undefined : sender;
}

function importanceOf(importance: Message['importance']): IEmailEvent['importance'] {
  const known = importance?.toLowerCase();
  return known === 'low' || known === 'high' ? known : 'normal';
}
