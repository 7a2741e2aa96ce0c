import type { Types } from 'mongoose';
import type { Message } from '../../graph/messages.ts';
import { dayMs } from '../../lib/durations.ts';
import type { IMailbox } from '../../models/index.ts';
import { type FolderKind, folderKindFinder } from '../../models/fields/folder-kinds.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';

/**
 * One look at a message, as Graph answered it. `sentAt` and `answeredAt` (milliseconds since the epoch, our clock) say
 * when it was asked for and when the answer was there: what it tells was so at some time between the two.
 */
export type Observation =
  | { readonly kind: 'present'; readonly message: Message; readonly sentAt: number; readonly answeredAt: number }
  | { readonly kind: 'gone'; readonly messageId: string; readonly sentAt: number; readonly answeredAt: number };

/** What observation must know of a mailbox to tell what a change in it means. */
export interface ObservedMailbox extends MailboxOwner {
  /** What was received before was found in place; everything was while this is undefined. */
  readonly watchedSince: Date | undefined;
  /** What was received before this gets no event for being there. */
  readonly eventsSince: Date;
  readonly folderKindOf: (folderId: string) => FolderKind;
}

type ObservedMailboxRow = { readonly _id: Types.ObjectId } & Pick<
  IMailbox,
  'userId' | 'watchedSince' | 'folders' | 'stagingFolderId'
>;

interface Horizon {
  /** How many days back the arrival of a message found in place is an event. */
  readonly sinceDays: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A mailbox as the model describes it, ready to be observed. */
export function observedMailboxOf(row: ObservedMailboxRow, { sinceDays, now }: Horizon): ObservedMailbox {
  return {
    userId: row.userId,
    mailboxId: row._id,
    watchedSince: row.watchedSince,
    eventsSince: new Date(now - sinceDays * dayMs),
    folderKindOf: folderKindFinder(row),
  };
}
