import { Types } from 'mongoose';
import type { Message } from '../../../../src/graph/messages.ts';
import { dayMs, minuteMs } from '../../../../src/lib/durations.ts';
import type { Observation, ObservedMailbox } from '../../../../src/observation/changes/observation.ts';

/** An hour ago, to the second: the store removes old rows. */
export const startMs = Math.floor(Date.now() / 1000) * 1000 - 60 * minuteMs;

/** So many minutes after the start. */
export function at(minutes: number): number {
  return startMs + minutes * minuteMs;
}

/** A mailbox of no user, watched for a day, with a folder of every kind. */
export function mailboxOf(fields: Partial<ObservedMailbox> = {}): ObservedMailbox {
  return {
    userId: new Types.ObjectId(),
    mailboxId: new Types.ObjectId(),
    watchedSince: new Date(startMs - dayMs),
    eventsSince: new Date(startMs - 30 * dayMs),
    folderKindOf: (folderId) => places[folderId],
    ...fields,
  };
}

const places: Readonly<Record<string, ReturnType<ObservedMailbox['folderKindOf']>>> = {
  inbox: 'inbox',
  archive: 'archive',
  trash: 'deleted',
  'below-trash': 'deleted',
  junk: 'junk',
  drafts: 'drafts',
  outbox: 'outbox',
  sent: 'sent',
  staging: 'staging',
};

/** An unread message in the inbox, received at the start. */
export function messageOf(fields: Partial<Message> = {}): Message {
  return {
    id: 'message',
    parentFolderId: 'inbox',
    receivedDateTime: new Date(startMs),
    lastModifiedDateTime: new Date(startMs),
    subject: 'Invoice 17',
    from: { emailAddress: { name: 'Shop', address: 'Billing@Shop.example' } },
    importance: 'normal',
    hasAttachments: false,
    isRead: false,
    isDraft: false,
    flag: { flagStatus: 'notFlagged' },
    categories: [],
    ...fields,
  };
}

/** A look at a message, asked for at `time` and answered a tenth of a second later. */
export function seen(fields: Partial<Message>, time: number): Observation {
  return { kind: 'present', message: messageOf(fields), sentAt: time, answeredAt: time + 100 };
}

/** A look that did not find a message. */
export function gone(messageId: string, time: number): Observation {
  return { kind: 'gone', messageId, sentAt: time, answeredAt: time + 100 };
}
