import { isDeepStrictEqual } from 'node:util';
import type { TruthEntry } from '../../../emulator/ledgers/truth.ts';
import type { Change } from './evidence.ts';

const fields: Readonly<Partial<Record<TruthEntry['kind'], keyof Change>>> = {
  move: 'folderId',
  delete: 'folderId',
  read: 'isRead',
  flag: 'flagStatus',
  categorize: 'categories',
};

/** Returns the property that an entry of the truth ledger changed; undefined when it changed none. */
export function fieldOf({ kind }: TruthEntry): keyof Change | undefined {
  return fields[kind];
}

/** Returns whether a change contains what an entry says. */
export function contains(change: Change | undefined, entry: TruthEntry): boolean {
  const field = fieldOf(entry);
  return field !== undefined && change !== undefined && isDeepStrictEqual(change[field], entry.to);
}

/** Returns the properties that a change sets, with their values. */
export function partsOf(change: Change): readonly (readonly [field: keyof Change, value: unknown])[] {
  const { folderId, isRead, flagStatus, categories } = change;
  const parts = [
    ['folderId', folderId],
    ['isRead', isRead],
    ['flagStatus', flagStatus],
    ['categories', categories],
  ] as const;
  return parts.filter(([, value]) => value !== undefined);
}

/** Formats an entry for a failure message. */
export function inWords({ sequence, actor, kind, item, from, to, atMs }: TruthEntry): string {
  const values = `${JSON.stringify(from)} → ${JSON.stringify(to)}`;
  return `#${sequence} ${actor} ${kind} of ${item.slice(-8)}: ${values} at ${new Date(atMs).toISOString()}`;
}
