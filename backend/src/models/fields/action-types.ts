/** What a rule can do with a message, and so what a pattern can suggest. */
export const actionTypes = ['delete', 'move', 'archive', 'markRead', 'flag', 'categorize'] as const;
export type ActionType = (typeof actionTypes)[number];
