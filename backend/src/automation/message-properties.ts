import { isDeepStrictEqual } from 'node:util';
import type { Message } from '../graph/messages.ts';

const flagStatuses = ['notFlagged', 'flagged', 'complete'] as const;
type FlagStatus = (typeof flagStatuses)[number];

/** All that an action can change of a message: what it was before, and what undo restores. */
export interface Standing {
  /** Folder id. */
  readonly folderId: string;
  readonly isRead: boolean;
  readonly flagStatus: FlagStatus;
  /** In their order. */
  readonly categories: readonly string[];
}

/** What an action sets; what is left out it does not touch. Categories are all that the message has afterwards. */
export type Change = { readonly [K in keyof Standing]?: Standing[K] | undefined };

/** Where a message stands, from Graph's answer. */
export function standingOf({ parentFolderId, isRead, flag, categories }: Message): Standing {
  const flagStatus = flagStatuses.find((status) => status === flag?.flagStatus) ?? 'notFlagged';
  return { folderId: parentFolderId, isRead: isRead ?? false, flagStatus, categories };
}

/** What of a change is not so yet. */
export function remaining({ folderId, isRead, flagStatus, categories }: Change, now: Standing): Change {
  return {
    ...(folderId === undefined || folderId === now.folderId ? {} : { folderId }),
    ...(isRead === undefined || isRead === now.isRead ? {} : { isRead }),
    ...(flagStatus === undefined || flagStatus === now.flagStatus ? {} : { flagStatus }),
    ...(categories === undefined || isDeepStrictEqual([...categories], [...now.categories]) ? {} : { categories }),
  };
}

/** What of a change has come to be since `before`. */
export function applied(change: Change, before: Standing, now: Standing): Change {
  const left = remaining(change, now);
  const { folderId, isRead, flagStatus, categories } = remaining(change, before);
  return {
    ...(folderId === undefined || 'folderId' in left ? {} : { folderId }),
    ...(isRead === undefined || 'isRead' in left ? {} : { isRead }),
    ...(flagStatus === undefined || 'flagStatus' in left ? {} : { flagStatus }),
    ...(categories === undefined || 'categories' in left ? {} : { categories }),
  };
}

export function isEmpty(change: Change): boolean {
  return Object.keys(change).length === 0;
}
