import { ChangeLog } from './change-log.ts';
import type { Message } from './message.ts';

/** What a search folder shows: messages of the whole mailbox that lie elsewhere. */
export interface Search {
  /** As Graph's `filterQuery` gives it. */
  readonly filterQuery: string;
  readonly matches: (message: Message) => boolean;
}

export interface Folder {
  readonly id: string;
  readonly wellKnownName: string | undefined;
  displayName: string;
  /** Empty for the root of the store, which is above all that Graph lists. */
  parentId: string;
  /** Left out of lists and of delta, unless a list asks for hidden folders. */
  readonly isHidden: boolean;
  /** True for a folder that an app made. */
  readonly byApp: boolean;
  /** Undefined: an ordinary folder. */
  readonly search: Search | undefined;
  totalItemCount: number;
  unreadItemCount: number;
  /** Given to delta rounds after the first one. */
  readonly changes: ChangeLog;
  /** The same, with the arrivals that delta rounds were not told of: read by a first round. */
  readonly contents: ChangeLog;
}

export type FolderDraft = Pick<Folder, 'displayName' | 'parentId'> &
  Partial<Pick<Folder, 'wellKnownName' | 'isHidden' | 'byApp' | 'search'>>;

export function newFolder(id: string, draft: FolderDraft): Folder {
  const { displayName, parentId, wellKnownName, isHidden, byApp, search } = draft;
  return {
    id,
    displayName,
    parentId,
    wellKnownName,
    isHidden: isHidden ?? false,
    byApp: byApp ?? false,
    search,
    totalItemCount: 0,
    unreadItemCount: 0,
    changes: new ChangeLog(),
    contents: new ChangeLog(),
  };
}

/** What search folders can look for. */
export const searches = {
  unread: { filterQuery: 'isRead eq false', matches: ({ isRead }) => !isRead },
  flagged: {
    filterQuery: "flag/flagStatus eq 'flagged'",
    matches: ({ flag }) => flag.flagStatus === 'flagged',
  },
} as const satisfies Record<string, Search>;

export type SearchName = keyof typeof searches;
