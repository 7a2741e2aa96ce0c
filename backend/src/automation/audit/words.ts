import type { FolderName } from '../../rules/rule-name.ts';
import type { RecordedProperties } from './facts.ts';

const list = new Intl.ListFormat('en-GB', { type: 'conjunction' });
const time = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
});

/** Puts a name in quotation marks. */
export function quoted(name: string): string {
  return `“${name}”`;
}

/** Formats a time such as "22 December 2026 at 14:05 UTC". */
export function formatTime(moment: Date): string {
  return time.format(moment);
}

/** Ends a text with a full stop unless it ends with a punctuation mark. */
export function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Describes properties, such as "in “Inbox”, unread, not flagged and without categories"; undefined if none is known. */
export function describeProperties(
  { folderId, isRead, flagStatus, categories }: RecordedProperties,
  folderName: FolderName,
): string | undefined {
  const parts = [
    ...(folderId === undefined ? [] : [`in ${describeFolder(folderId, folderName)}`]),
    ...(isRead === undefined ? [] : [isRead ? 'read' : 'unread']),
    ...(flagStatus === undefined ? [] : [flagWords[flagStatus].state]),
    ...(categories === undefined ? [] : [describeCategories(categories)]),
  ];
  return parts.length === 0 ? undefined : list.format(parts);
}

/** Describes a change, such as "moved to “Reading” and marked as read"; undefined if nothing was changed. */
export function describeChange(
  { folderId, isRead, flagStatus, categories }: RecordedProperties,
  folderName: FolderName,
): string | undefined {
  const parts = [
    ...(folderId === undefined ? [] : [`moved to ${describeFolder(folderId, folderName)}`]),
    ...(isRead === undefined ? [] : [isRead ? 'marked as read' : 'marked as unread']),
    ...(flagStatus === undefined ? [] : [flagWords[flagStatus].change]),
    ...(categories === undefined ? [] : [`left ${describeCategories(categories)}`]),
  ];
  return parts.length === 0 ? undefined : list.format(parts);
}

const flagWords = {
  notFlagged: { state: 'not flagged', change: 'unflagged' },
  flagged: { state: 'flagged', change: 'flagged' },
  complete: { state: 'flagged as complete', change: 'flagged as complete' },
} as const satisfies Record<NonNullable<RecordedProperties['flagStatus']>, object>;

function describeFolder(folderId: string, folderName: FolderName): string {
  const name = folderName(folderId);
  return name === undefined ? 'an unknown folder' : quoted(name);
}

function describeCategories(categories: readonly string[]): string {
  if (categories.length === 0) return 'without categories';
  const names = list.format(categories.map(quoted));
  return `with the ${categories.length === 1 ? 'category' : 'categories'} ${names}`;
}
