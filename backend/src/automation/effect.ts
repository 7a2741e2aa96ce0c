import type { IRule } from '../models/index.ts';
import type { PropertyChange } from './message-properties.ts';
import type { MessageProperties } from '../models/fields/message-properties.ts';

/** The effect of a rule on a message. */
export interface Effect {
  /** The properties to set; for a message to be deleted, without the staging folder. */
  readonly change: PropertyChange;
  /** The message is to be deleted: it is moved into the staging folder first. */
  readonly stages: boolean;
}

/**
 * Combines the actions of a rule, in order. Of several that move the message the last one counts; an action that is
 * incomplete has no effect. A rule that has no folder to move to has none at all: a message is not marked and left.
 * @param archiveFolderId id of the archive folder; a mailbox may have none
 */
export function effectOf(
  actions: IRule['actions'],
  before: MessageProperties,
  archiveFolderId: string | undefined,
): Effect {
  let change: PropertyChange = {};
  let stages = false;
  let isHomeless = false;
  for (const { actionType, toFolder, category } of inOrder(actions)) {
    switch (actionType) {
      case 'markRead':
        change = { ...change, isRead: true };
        break;
      case 'flag':
        change = { ...change, flagStatus: 'flagged' };
        break;
      case 'categorize':
        change = { ...change, ...withCategory(change.categories ?? before.categories, category) };
        break;
      case 'move':
      case 'archive':
        change = { ...change, folderId: actionType === 'move' ? toFolder : archiveFolderId };
        isHomeless = change.folderId === undefined;
        stages = false;
        break;
      case 'delete':
        change = { ...change, folderId: undefined };
        stages = true;
        isHomeless = false;
        break;
      case undefined:
        break;
      default:
        actionType satisfies never;
    }
  }
  return isHomeless ? { change: {}, stages: false } : { change, stages };
}

function inOrder(actions: IRule['actions']): IRule['actions'] {
  return actions.toSorted((one, two) => (one.order ?? 0) - (two.order ?? 0));
}

/** Outlook ignores letter case in categories. */
function withCategory(categories: readonly string[], category: string | undefined): PropertyChange {
  if (category === undefined) return {};
  const isThere = categories.some((one) => one.toLowerCase() === category.toLowerCase());
  return isThere ? {} : { categories: [...categories, category] };
}
