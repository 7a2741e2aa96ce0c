import { isDeepStrictEqual } from 'node:util';
import type { MessageProperties } from '../models/fields/message-properties.ts';

/** The properties that an action sets; it does not touch those left out. `categories` replaces the whole list. */
export type PropertyChange = { readonly [K in keyof MessageProperties]?: MessageProperties[K] | undefined };

/** Returns the part of a change that the message does not show yet. */
export function remaining(
  { folderId, isRead, flagStatus, categories }: PropertyChange,
  now: MessageProperties,
): PropertyChange {
  return {
    ...(folderId === undefined || folderId === now.folderId ? {} : { folderId }),
    ...(isRead === undefined || isRead === now.isRead ? {} : { isRead }),
    ...(flagStatus === undefined || flagStatus === now.flagStatus ? {} : { flagStatus }),
    ...(categories === undefined || isDeepStrictEqual([...categories], [...now.categories]) ? {} : { categories }),
  };
}

/** Returns the part of a change that took effect since `before`. */
export function applied(change: PropertyChange, before: MessageProperties, now: MessageProperties): PropertyChange {
  const left = remaining(change, now);
  const { folderId, isRead, flagStatus, categories } = remaining(change, before);
  return {
    ...(folderId === undefined || 'folderId' in left ? {} : { folderId }),
    ...(isRead === undefined || 'isRead' in left ? {} : { isRead }),
    ...(flagStatus === undefined || 'flagStatus' in left ? {} : { flagStatus }),
    ...(categories === undefined || 'categories' in left ? {} : { categories }),
  };
}

export function isEmpty(change: PropertyChange): boolean {
  return Object.keys(change).length === 0;
}

/** Returns a mutable copy, in the form that the audit log stores. */
export function copyProperties(properties: MessageProperties) {
  return { ...properties, categories: [...properties.categories] };
}
