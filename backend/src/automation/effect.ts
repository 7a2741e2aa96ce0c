import type { IRule } from '../models/index.ts';
import type { PropertyChange } from './message-properties.ts';
import type { MessageProperties } from '../models/fields/message-properties.ts';

/** What a rule makes of a message. */
export interface Effect {
  /** What it sets; of a message that is to be deleted, without the folder in which it waits. */
  readonly change: PropertyChange;
  /** It is to be deleted: it goes into the staging folder first. */
  readonly stages: boolean;
}

/**
 * Adds up the actions of a rule, in their order. Of several that put the message somewhere the last one counts; an
 * action that is not complete, or has no folder to go to, does nothing.
 * @param archiveFolderId where archived mail goes; a mailbox may have no such folder
 */
export function effectOf(
  actions: IRule['actions'],
  before: MessageProperties,
  archiveFolderId: string | undefined,
): Effect {
  let change: PropertyChange = {};
  let stages = false;
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
        stages = false;
        break;
      case 'delete':
        change = { ...change, folderId: undefined };
        stages = true;
        break;
      case undefined:
        break;
      default:
        actionType satisfies never;
    }
  }
  return { change, stages };
}

function inOrder(actions: IRule['actions']): IRule['actions'] {
  return actions.toSorted((one, two) => (one.order ?? 0) - (two.order ?? 0));
}

/** Outlook does not tell categories apart by letter case. */
function withCategory(categories: readonly string[], category: string | undefined): PropertyChange {
  if (category === undefined) return {};
  const isThere = categories.some((one) => one.toLowerCase() === category.toLowerCase());
  return isThere ? {} : { categories: [...categories, category] };
}
