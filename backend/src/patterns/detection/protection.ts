import type { ActionType } from '../../models/fields/action-types.ts';

/**
 * The suggestions that a sender is kept from: none, those that take mail out of sight before it is seen, or all, since no
 * rule may touch it.
 */
export type Protection = 'none' | 'removal' | 'everything';

/** What takes mail out of the inbox. */
const removals: ReadonlySet<ActionType> = new Set(['delete', 'move', 'archive']);

/** Tells whether an action on the mail of a sender must not be suggested. */
export function isKeptFrom(protection: Protection, actionType: ActionType): boolean {
  return protection === 'everything' || (protection === 'removal' && removals.has(actionType));
}
