import type { Types } from 'mongoose';
import type { Happening } from './diff.ts';
import type { FolderKind } from '../../models/fields/folder-kinds.ts';
import type { ActionChange, OwnAction } from './own-actions.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';

/** The facts that attribution is decided by. */
export interface AttributionInput {
  /** Our actions on the message, the oldest first. */
  readonly actions: readonly OwnAction[];
  /** The newest of them that is used up: it and older ones explain nothing further. */
  readonly lastActionId: Types.ObjectId | undefined;
  /** When the observation was requested: it shows everything that was finished before. */
  readonly sentAt: number;
  readonly now: KnownProperties;
  readonly folderKindOf: (folderId: string) => FolderKind;
}

export interface Attribution {
  /** The happenings that our actions caused, with the action. All others were caused by the owner or another program. */
  readonly ours: ReadonlyMap<Happening, OwnAction>;
  /** The newest action that is used up after this observation. */
  readonly lastActionId: Types.ObjectId | undefined;
}

/**
 * Separates our own changes from the owner's. A happening is ours when our latest action on the changed property set
 * exactly the observed value. An action explains at most one observation: it is used up once it was finished before an
 * observation was requested, or once everything that it set has been observed.
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

/** Returns the actions after the last one that is used up. Their order is that of the list: ids do not order processes. */
function openActions({ actions, lastActionId }: AttributionInput): readonly OwnAction[] {
  if (lastActionId === undefined) return actions;
  return actions.slice(actions.findIndex(({ id }) => id.equals(lastActionId)) + 1);
}

/** Returns the newest action that explains a happening. A finished action is decisive; others may still be under way. */
function explanation(happening: Happening, open: readonly OwnAction[], input: AttributionInput): OwnAction | undefined {
  for (const action of open.toReversed()) {
    const decision = explains(action, happening, input);
    if (decision === true) return action;
    if (decision === false && isFinished(action, input)) return undefined;
  }
  return undefined;
}

/** Tells if an action set the observed value; undefined when it did not touch that property. */
function explains(
  { change, finishedAt }: OwnAction,
  happening: Happening,
  input: AttributionInput,
): boolean | undefined {
  // a message that we moved to Deleted Items may be deleted from there by the time of the observation
  const isEmptiedSince = (id: string, toFolder: string): boolean =>
    finishedAt !== undefined && input.folderKindOf(id) === 'deleted' && input.folderKindOf(toFolder) === 'recoverable';
  switch (happening.eventType) {
    case 'deleted':
    case 'moved':
      return ifSet(change.folderId, (id) => id === happening.toFolder || isEmptiedSince(id, happening.toFolder));
    case 'disappeared':
      // a message that we moved to Deleted Items may be gone for good by the time of the observation
      return ifSet(change.folderId, (id) => finishedAt !== undefined && input.folderKindOf(id) === 'deleted');
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

function ifSet<T>(value: T | undefined, test: (value: T) => boolean): boolean | undefined {
  return value === undefined ? undefined : test(value);
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
