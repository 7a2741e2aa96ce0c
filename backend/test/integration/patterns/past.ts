import { dayMs, hourMs } from '../../../src/lib/durations.ts';
import { EmailEvent, type IEmailEvent } from '../../../src/models/index.ts';
import { nextNumber } from '../../factories/sequence.ts';
import type { Owner } from '../../factories/owner.ts';

/** What an owner did with a message: where they put it, that they deleted it, or that they left it. */
export type Deed = { readonly movedTo: string } | 'deleted' | 'left';

export interface PastMail {
  readonly from?: string;
  readonly subject?: string;
  readonly isNewsletter?: boolean;
  /** How long ago it arrived; what was done with it was done an hour later. */
  readonly daysAgo?: number;
}

/** Records a message of the past in the inbox, and what its owner did with it. @returns the id of the message */
export async function recordMail({ userId, mailboxId }: Owner, deed: Deed, mail: PastMail = {}): Promise<string> {
  const { from = 'news@example.com', subject = 'Your week', isNewsletter = false, daysAgo = 10 } = mail;
  const messageId = `past-${nextNumber()}`;
  const receivedAt = new Date(Date.now() - daysAgo * dayMs);
  const row = {
    userId,
    mailboxId,
    messageId,
    sender: { email: from, domain: from.slice(from.indexOf('@') + 1) },
    subject,
    subjectNormalized: subject.toLowerCase(),
    receivedAt,
    metadata: { isNewsletter },
  };
  await EmailEvent.create({ ...row, eventType: 'arrived', timestamp: receivedAt, toFolder: 'inbox-id' });
  const done = eventOf(deed);
  if (done === undefined) return messageId;
  await EmailEvent.create({
    ...row,
    ...done,
    timestamp: new Date(receivedAt.getTime() + hourMs),
    fromFolder: 'inbox-id',
  });
  return messageId;
}

function eventOf(deed: Deed): Partial<IEmailEvent> | undefined {
  if (deed === 'left') return undefined;
  return deed === 'deleted' ? { eventType: 'deleted' } : { eventType: 'moved', toFolder: deed.movedTo };
}
