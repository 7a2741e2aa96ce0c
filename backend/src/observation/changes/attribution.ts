import type { Types } from 'mongoose';
import type { Happening } from './diff.ts';
import type { FolderKind } from '../../models/fields/folder-kinds.ts';
import type { ActionChange, OwnAction } from './own-actions.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';

/** What there is to find out who did something. */
export interface AttributionInput {
  /** Our actions on the message, the oldest first. */
  readonly actions: readonly OwnAction[];
  /** The newest of them that explains nothing any more. */
  readonly lastActionId: Types.ObjectId | undefined;
  /** When the look was asked for: what was finished before must show in it. */
  readonly sentAt: number;
  readonly now: KnownProperties;
  readonly folderKindOf: (folderId: string) => FolderKind;
}

export interface Attribution {
  /** What was ours, and by which action. What is not among them was somebody else. */
  readonly ours: ReadonlyMap<Happening, OwnAction>;
  /** The newest action that explains nothing from now on. */
  readonly lastActionId: Types.ObjectId | undefined;
}

/**
 * Tells our own doing from the owner's: a happening is ours when the last of our actions that touched what changed set
 * exactly what is seen now. An action explains one look at most: it is used up once it was finished before a look was
 * asked for, or all that it set has been seen.
 */
export function attribute(happenings: readonly Happening[], input: AttributionInput): Attribution {
  const open = openActions(input);
  const ours = new Map<Happening, OwnAction>();
  for (const happening of happenings) {
    const action = explanation(happening, open, input);
    if (action !== undefined) ours.set(happening, action);
  }
  const explained = new Set(ours.values());
  const usedUp = open.findLast(
    (action) => isFinished(action, input) || (explained.has(action) && isAllSeen(action.change, input.now)),
  );
  return { ours, lastActionId: usedUp?.id ?? input.lastActionId };
}

/** The actions after the last one that is used up; ids alone do not tell the order across processes. */
function openActions({ actions, lastActionId }: AttributionInput): readonly OwnAction[] {
  if (lastActionId === undefined) return actions;
  return actions.slice(actions.findIndex(({ id }) => id.equals(lastActionId)) + 1);
}

/** The newest action that did it: one that was finished decides, one that was not may still be under way. */
function explanation(happening: Happening, open: readonly OwnAction[], input: AttributionInput): OwnAction | undefined {
  for (const action of open.toReversed()) {
    const decision = explains(action, happening, input);
    if (decision === true) return action;
    if (decision === false && isFinished(action, input)) return undefined;
  }
  return undefined;
}

/** Whether an action set what happened; undefined when it did not touch that. */
function explains(
  { change, finishedAt }: OwnAction,
  happening: Happening,
  input: AttributionInput,
): boolean | undefined {
  switch (happening.eventType) {
    case 'deleted':
    case 'moved':
      // What we put into Deleted Items may be gone for good by the time of the look.
      return happening.toFolder === undefined
        ? ifSet(change.folderId, (id) => finishedAt !== undefined && input.folderKindOf(id) === 'deleted')
        : ifSet(change.folderId, (id) => id === happening.toFolder);
    case 'read':
      return change.isRead;
    case 'flagged':
      return ifSet(change.flagStatus, (flagStatus) => flagStatus === 'flagged');
    case 'categorized':
      return ifSet(change.categories, (categories) => isPartOf(happening.added, categories));
    case 'arrived':
      break;
  }
  return undefined;
}

function ifSet<T>(value: T | undefined, decideChange: (value: T) => boolean): boolean | undefined {
  return value === undefined ? undefined : decideChange(value);
}

function isFinished({ finishedAt }: OwnAction, { sentAt }: AttributionInput): boolean {
  return finishedAt !== undefined && finishedAt.getTime() < sentAt;
}

function isAllSeen(change: ActionChange, now: KnownProperties): boolean {
  return (
    (change.folderId === undefined || change.folderId === now.folderId) &&
    (change.isRead === undefined || change.isRead === now.isRead) &&
    (change.flagStatus === undefined || change.flagStatus === now.flagStatus) &&
    (change.categories === undefined || isPartOf(change.categories, now.categories))
  );
}

function isPartOf(some: readonly string[], all: readonly string[]): boolean {
  return some.every((category) => all.includes(category));
}
