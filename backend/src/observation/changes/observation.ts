import type { Types } from 'mongoose';
import type { Message } from '../../graph/messages.ts';
import { dayMs } from '../../lib/durations.ts';
import type { IMailbox, IMailFolder } from '../../models/index.ts';
import { type FolderKind, folderKindFinder, type RecordedKind } from '../../models/fields/folder-kinds.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';

/**
 * One answer of Graph about a message. `sentAt` and `answeredAt` (milliseconds since the epoch, our clock) are the times
 * of the request and of its answer: the message was in this state at some time between the two.
 */
export type Observation =
  | { readonly kind: 'present'; readonly message: Message; readonly sentAt: number; readonly answeredAt: number }
  | { readonly kind: 'gone'; readonly messageId: string; readonly sentAt: number; readonly answeredAt: number };

/** A change of a known message that no action in our log explains. */
interface UnexplainedChange {
  readonly message: {
    readonly sender: string | undefined;
    readonly domain: string | undefined;
    readonly subject: string | undefined;
    readonly subjectNormalized: string | undefined;
    readonly isNewsletter: boolean;
    readonly isAutomated: boolean | undefined;
    readonly listId: string | undefined;
    readonly receivedAt: Date | undefined;
  };
  readonly before: KnownProperties;
  readonly now: KnownProperties;
  /** Graph's time of the last modification. */
  readonly at: Date | undefined;
}

/** Returns the id of the rule that made a change, if that can be told. */
export type RecognizeRule = (change: UnexplainedChange) => Types.ObjectId | undefined;

/** The facts about a mailbox that decide the meaning of a change. */
export interface ObservedMailbox extends MailboxOwner {
  /** Mail received before this time was found in place; all mail was while this is undefined. */
  readonly watchedSince: Date | undefined;
  /** Mail received before this time gets no arrival event. */
  readonly eventsSince: Date;
  readonly folderKindOf: (folderId: string) => FolderKind;
  /** The key that messages are recognized with when their id changes; without it none is. */
  readonly identityKey?: string | undefined;
  /** Tells if a folder is stored; a folder that is not is asked for. All are taken for stored when it is left out. */
  readonly isKnownFolder?: (folderId: string) => boolean;
  /** Recognizes acts of rules that the log lacks; only after an older backup was restored. */
  readonly recognize?: RecognizeRule;
  /** Converts our time to Graph's, in milliseconds since the epoch; the same when left out. */
  readonly toGraphTime?: (ours: number) => number;
  /** Tells if no list of folders has shown a folder; left out, none is hidden. */
  readonly isHiddenFolder?: (folderId: string) => boolean;
  /** Adds a folder that was asked for. */
  readonly learnFolder?: (folder: IMailFolder) => void;
}

type ObservedMailboxRow = { readonly _id: Types.ObjectId; readonly watchedSince?: Date | undefined } & Pick<
  IMailbox,
  'userId' | 'folders' | 'stagingFolderId' | 'identityKey'
>;

interface Horizon {
  /** Mail found in place gets an arrival event if it was received within this many days. */
  readonly sinceDays: number;
  /** Graph's time, in milliseconds since the epoch. */
  readonly now: number;
  readonly recognize?: RecognizeRule | undefined;
  readonly toGraphTime?: ObservedMailbox['toGraphTime'];
}

/** Prepares a stored mailbox for observation. */
export function observedMailboxOf(
  row: ObservedMailboxRow,
  { sinceDays, now, recognize, toGraphTime }: Horizon,
): ObservedMailbox {
  const folders = new Map(row.folders.map((folder) => [folder.id, folder]));
  let kindOf = folderKindFinder(row);
  return {
    ...(recognize === undefined ? {} : { recognize }),
    userId: row.userId,
    mailboxId: row._id,
    watchedSince: row.watchedSince,
    identityKey: row.identityKey,
    eventsSince: new Date(now - sinceDays * dayMs),
    folderKindOf: (folderId) => kindOf(folderId),
    ...(toGraphTime && { toGraphTime }),
    isKnownFolder: (folderId) => folders.has(folderId) || folderId === row.stagingFolderId,
    isHiddenFolder: (folderId) => folders.get(folderId)?.isHidden === true,
    learnFolder: (folder) => {
      folders.set(folder.id, folder);
      kindOf = folderKindFinder({ ...row, folders: [...folders.values()] });
    },
  };
}

/** Returns the kind of a folder as it is recorded with an event; undefined for a folder that is not stored. */
export function recordedKind(mailbox: ObservedMailbox, folderId: string): RecordedKind | undefined {
  const kind = mailbox.folderKindOf(folderId);
  if (kind !== undefined) return kind;
  if (mailbox.isKnownFolder?.(folderId) === false) return undefined;
  return mailbox.isHiddenFolder?.(folderId) === true ? 'hidden' : 'ordinary';
}
