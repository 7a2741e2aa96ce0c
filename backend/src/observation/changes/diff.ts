import { deletedKinds, type FolderKind } from '../../models/fields/folder-kinds.ts';
import type { ObservedMailbox } from './observation.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';

/** A change of a message, found by comparing two observations. */
export type Happening =
  | { readonly eventType: 'arrived'; readonly toFolder: string; readonly foundInPlace: boolean }
  /** It was seen in Deleted Items or Recoverable Items. */
  | { readonly eventType: 'deleted'; readonly fromFolder: string; readonly toFolder: string }
  /** It is gone, and was not seen in Deleted Items: retention, an admin or another program may have taken it. */
  | { readonly eventType: 'disappeared'; readonly fromFolder: string }
  /** Without `fromFolder` it had been gone. */
  | { readonly eventType: 'moved'; readonly fromFolder: string | undefined; readonly toFolder: string }
  | { readonly eventType: 'read' }
  | { readonly eventType: 'flagged' }
  | { readonly eventType: 'categorized'; readonly added: readonly string[] };

/** A message at its first observation. */
export interface FirstSnapshot extends KnownProperties {
  readonly receivedAt: Date | undefined;
  readonly isDraft: boolean;
}

type Watch = Pick<ObservedMailbox, 'watchedSince' | 'eventsSince' | 'folderKindOf'>;

/** Folders of the owner's own mail, and of mail that was deleted for good: nothing arrives there. */
const ownKinds: ReadonlySet<FolderKind> = new Set<FolderKind>(['drafts', 'outbox', 'sent', 'recoverable']);

/**
 * Compares a known message with a new observation. Each event type is returned at most once. Reversals (unread,
 * unflagged, a category removed) are changes without an event.
 * @returns undefined when nothing differs; an empty list for a change without an event
 */
export function diff(
  before: KnownProperties,
  now: KnownProperties,
  folderKindOf: Watch['folderKindOf'],
): Happening[] | undefined {
  const added = now.categories.filter((category) => !before.categories.includes(category));
  const sameCategories = added.length === 0 && before.categories.every((category) => now.categories.includes(category));
  const isSame =
    before.folderId === now.folderId &&
    before.isRead === now.isRead &&
    before.flagStatus === now.flagStatus &&
    sameCategories;
  if (isSame) return undefined;

  const happenings = relocation(before.folderId, now.folderId, folderKindOf);
  if (!before.isRead && now.isRead) happenings.push({ eventType: 'read' });
  if (before.flagStatus !== 'flagged' && now.flagStatus === 'flagged') happenings.push({ eventType: 'flagged' });
  if (added.length > 0) happenings.push({ eventType: 'categorized', added });
  return happenings;
}

/**
 * Interprets the first observation of a message. It shows where the message is, but not how it came there, so the
 * message never counts as moved, deleted or read.
 * @returns undefined when nothing is stored about the message: it is the owner's own, or gone
 */
export function firstDiff(now: FirstSnapshot, watch: Watch): Happening[] | undefined {
  if (now.folderId === undefined || now.isDraft) return undefined;
  const kind = watch.folderKindOf(now.folderId);
  if (ownKinds.has(kind)) return undefined;
  const { receivedAt } = now;
  if (kind === 'staging' || (receivedAt !== undefined && receivedAt < watch.eventsSince)) return [];
  const isNew = watch.watchedSince !== undefined && (receivedAt === undefined || receivedAt >= watch.watchedSince);
  return [{ eventType: 'arrived', toFolder: now.folderId, foundInPlace: !isNew }];
}

function relocation(
  from: string | undefined,
  to: string | undefined,
  folderKindOf: Watch['folderKindOf'],
): Happening[] {
  if (from === to) return [];
  const isUndeleted = from !== undefined && !deletedKinds.has(folderKindOf(from));
  if (to === undefined) return isUndeleted ? [{ eventType: 'disappeared', fromFolder: from }] : [];
  if (!deletedKinds.has(folderKindOf(to))) return [{ eventType: 'moved', fromFolder: from, toFolder: to }];
  return isUndeleted ? [{ eventType: 'deleted', fromFolder: from, toFolder: to }] : [];
}
