import { isAutomatedMail } from '../lib/automated-mail.ts';
import { defined } from '../lib/defined.ts';
import { EmailEvent, type IEmailEvent } from '../models/index.ts';
import type { MailboxOwner } from '../models/fields/mailbox-owner.ts';
import { isIn } from '../models/store/query-operators.ts';
import type { Arrived } from '../rules/engine.ts';

/** The fields of an arrival event that rules match on. */
export const arrivalFields =
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
