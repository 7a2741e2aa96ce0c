/** Graph's values of `followupFlag.flagStatus`: https://learn.microsoft.com/graph/api/resources/followupflag */
export const flagStatuses = ['notFlagged', 'flagged', 'complete'] as const;
export type FlagStatus = (typeof flagStatuses)[number];

/** The properties of a message that its owner or a rule can change, and that undo restores. */
export interface MessageProperties {
  readonly folderId: string;
  readonly isRead: boolean;
  readonly flagStatus: FlagStatus;
  /** In their order. */
  readonly categories: readonly string[];
}

/** The properties of a message that may be gone: then it has no folder, and keeps what it had beside. */
export type KnownProperties = Omit<MessageProperties, 'folderId'> & { readonly folderId: string | undefined };

/** The part of a message of Graph that its properties are read from. */
interface GraphMessage {
  readonly parentFolderId: string;
  readonly isRead?: boolean | null | undefined;
  readonly flag?: { readonly flagStatus?: string | null | undefined } | null | undefined;
  readonly categories?: readonly string[] | null | undefined;
}

type Marks = Pick<MessageProperties, 'isRead' | 'flagStatus' | 'categories'>;

const unmarked: Marks = { isRead: false, flagStatus: 'notFlagged', categories: [] };

/**
 * Reads the properties of a message from Graph's answer. A category that is there twice counts once.
 * @param known the marks that stand where Graph gives null or nothing: unknown is not unread
 */
export function propertiesOf(
  { parentFolderId, isRead, flag, categories }: GraphMessage,
  known: Marks = unmarked,
): MessageProperties {
  const flagStatus = flag?.flagStatus ?? known.flagStatus;
  return {
    folderId: parentFolderId,
    isRead: isRead ?? known.isRead,
    flagStatus: flagStatuses.find((status) => status === flagStatus) ?? 'notFlagged',
    categories: [...new Set(categories ?? known.categories)],
  };
}
