/** What comes and goes between two looks, by name: nobody could have seen it, unless a look fell in between. */
export const unseenNames = [
  'moved and moved back',
  'moved by the app and moved back by its owner',
  'read and unread again',
  'flagged and unflagged again',
  'categorized and back',
  'delivered and deleted at once',
  'delivered and purged at once',
  'deleted and purged at once',
] as const;
export type UnseenName = (typeof unseenNames)[number];

/** Something that is done with a mailbox, one change after the other. */
export interface Errand {
  /** Left out: what it changes is there to be seen at the end of the phase. */
  readonly unseen?: UnseenName;
  /** Each makes one change. */
  readonly steps: readonly (() => Promise<void> | void)[];
}
