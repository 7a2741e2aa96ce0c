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

export function quoted(name: string): string {
  return `“${name}”`;
}

/** Such as "22 December 2026 at 14:05 UTC". */
export function inWords(moment: Date): string {
  return time.format(moment);
}

/** A text as one or several sentences: with a full stop. */
export function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Such as "in “Inbox”, unread, not flagged and without categories"; undefined when nothing is known. */
export function describeProperties(
  { folderId, isRead, flagStatus, categories }: RecordedProperties,
  folderName: FolderName,
): string | undefined {
  const parts = [
    ...(folderId === undefined ? [] : [`in ${describeFolder(folderId, folderName)}`]),
    ...(isRead === undefined ? [] : [isRead ? 'read' : 'unread']),
    ...(flagStatus === undefined ? [] : [flagWords[flagStatus].messageProperties]),
    ...(categories === undefined ? [] : [describeCategories(categories)]),
  ];
  return parts.length === 0 ? undefined : list.format(parts);
}

/** Such as "moved to “Reading” and marked as read"; undefined when nothing was changed. */
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
  notFlagged: { messageProperties: 'not flagged', change: 'unflagged' },
  flagged: { messageProperties: 'flagged', change: 'flagged' },
  complete: { messageProperties: 'flagged as complete', change: 'flagged as complete' },
} as const satisfies Record<NonNullable<RecordedProperties['flagStatus']>, object>;

function describeFolder(folderId: string, folderName: FolderName): string {
  const name = folderName(folderId);
  return name === undefined ? 'a folder that is not known any more' : quoted(name);
}

function describeCategories(categories: readonly string[]): string {
  if (categories.length === 0) return 'without categories';
  const names = list.format(categories.map(quoted));
  return `with the ${categories.length === 1 ? 'category' : 'categories'} ${names}`;
}
