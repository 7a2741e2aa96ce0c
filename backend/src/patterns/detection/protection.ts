import type { ActionType } from '../../models/fields/action-types.ts';

/**
 * The suggestions that a sender is kept from: none, those that take mail out of sight before it is seen, or all, since no
 * rule may touch it.
 */
export type Protection = 'none' | 'removal' | 'everything';

/** What takes mail out of the inbox. */
const removals: ReadonlySet<ActionType> = new Set(['delete', 'move', 'archive']);

/**
 * Tells whether an action on the mail of a sender must not be suggested. What was read may be filed.
 * @param trigger arrival when it is left out
 */
export function isKeptFrom(protection: Protection, actionType: ActionType, trigger?: 'onRead'): boolean {
  if (protection !== 'removal') return protection === 'everything';
  return trigger === 'onRead' ? actionType === 'delete' : removals.has(actionType);
}
