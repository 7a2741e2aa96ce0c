/** The actions of rules, and so of suggestions. */
export const actionTypes = ['delete', 'move', 'archive', 'markRead', 'flag', 'categorize'] as const;
export type ActionType = (typeof actionTypes)[number];
