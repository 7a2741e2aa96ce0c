import type { ActionType } from '../../models/fields/action-types.ts';

/** The suggestions that a sender is kept from: none, those to delete their mail, or all, since no rule may touch it. */
export type Protection = 'none' | 'deletion' | 'everything';

/** Tells whether an action on the mail of a sender must not be suggested. */
export function isKeptFrom(protection: Protection, actionType: ActionType): boolean {
  return protection === 'everything' || (protection === 'deletion' && actionType === 'delete');
}
