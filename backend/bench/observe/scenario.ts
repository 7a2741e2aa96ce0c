/** Names of the scenarios whose effect is gone at the end: only an observation in between could see them. */
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

/** A series of changes in a mailbox, made one after the other. */
export interface Scenario {
  /** Missing when the effect is still visible at the end of the phase. */
  readonly unseen?: UnseenName;
  /** Functions that make one change each. */
  readonly steps: readonly (() => Promise<void> | void)[];
}
