import { mailKindOf } from '../graph/mail-kind.ts';
import { isMeetingMessage } from '../graph/messages.ts';
import { isAutomatedMail } from '../lib/automated-mail.ts';
import { canonicalAddress, domainOf } from '../lib/canonical-address.ts';
import { normalizeSubject } from '../lib/normalize-subject.ts';
import { defined } from '../lib/defined.ts';
import { EmailEvent, type IEmailEvent } from '../models/index.ts';
import type { MailboxOwner } from '../models/fields/mailbox-owner.ts';
import { isIn } from '../models/store/query-operators.ts';
import type { Arrived } from '../rules/engine.ts';
import { lookAt } from './find-message.ts';
import type { WriteLease } from './write-lease.ts';

/** The fields of an arrival event that rules match on. */
const arrivalFields =
  'messageId sender subject subjectNormalized toFolder metadata.isNewsletter metadata.isMeeting metadata.isAutomated metadata.hasListUnsubscribe metadata.listId metadata.foundInPlace';

export type ArrivalEvent = Pick<IEmailEvent, 'sender' | 'subject' | 'subjectNormalized' | 'toFolder' | 'metadata'>;

/** Returns the message of an arrival event as rules match on it; undefined without a folder. */
export function arrivedOf(event: ArrivalEvent): Arrived | undefined {
  const { sender: { email, domain } = {}, subject, subjectNormalized, toFolder, metadata = {} } = event;
  if (toFolder === undefined) return undefined;
  return defined<Arrived>({
    sender: email,
    domain,
    subject,
    subjectNormalized,
    fromFolder: toFolder,
    isNewsletter: metadata.isNewsletter ?? false,
    isMeeting: metadata.isMeeting ?? false,
    foundInPlace: metadata.foundInPlace ?? false,
    isAutomated: isAutomatedMail(metadata, email),
    listId: metadata.listId,
  });
}

/** Reads the arrivals of messages, by message id: rules match on them. */
export async function readArrivals(
  { userId, mailboxId }: Pick<MailboxOwner, 'userId' | 'mailboxId'>,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, Arrived>> {
  const events = await EmailEvent.find(
    { userId, mailboxId, messageId: isIn(messageIds), eventType: 'arrived' },
    arrivalFields,
  )
    .batchSize(messageIds.length + 1)
    .lean();
  return new Map(
    events.flatMap((event) => {
      const arrived = arrivedOf(event);
      return arrived === undefined ? [] : [[event.messageId, arrived] as const];
    }),
  );
}

/**
 * Reads a message whose arrival is not recorded any more, or came before events were: it counts as arrived where it lies.
 * @returns undefined if it is gone
 * @throws GraphError; the signal's reason
 */
export async function readArrivalFromGraph(
  lease: Pick<WriteLease, 'client' | 'signal' | 'mailboxId' | 'userId'>,
  { messageId, folderId }: { readonly messageId: string; readonly folderId: string },
): Promise<Arrived | undefined> {
  const message = await lookAt(lease, messageId);
  if (message === undefined) return undefined;
  const { subject } = message;
  const email = canonicalAddress(message.from?.emailAddress?.address ?? '');
  const kind = mailKindOf(message.internetMessageHeaders, email);
  return defined<Arrived>({
    sender: email === '' ? undefined : email,
    domain: domainOf(email),
    subject: subject ?? undefined,
    subjectNormalized: typeof subject === 'string' ? normalizeSubject(subject) : undefined,
    fromFolder: folderId,
    isNewsletter: kind?.isNewsletter ?? false,
    isMeeting: isMeetingMessage(message),
    isAutomated: isAutomatedMail(kind ?? {}, email),
    listId: kind?.listId,
  });
}
