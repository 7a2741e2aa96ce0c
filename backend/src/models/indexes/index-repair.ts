import { isDeepStrictEqual } from 'node:util';
import type { Collection } from 'mongoose';
import { buildIndex, IndexBuildError } from './index-build.ts';
import { compareIndexes, type Index, type IndexDifference, type IndexedModel } from './index-diff.ts';
import { describeIndex } from './index-text.ts';

export interface RepairOptions {
  /** Drop every index that no schema knows; otherwise only those that remove rows. */
  prune: boolean;
  /** Told of each change after it was made, and of what was left alone. */
  print: (line: string) => void;
}

/**
 * Makes the indexes in the store those of the schemas: builds what is missing, replaces what differs, drops unknown
 * indexes that remove rows. Each index is a step of its own; running it again goes on where it stopped.
 * @throws IndexBuildError when the store refuses an index; one that it was to replace has been put back
 */
export async function applyIndexes(models: readonly IndexedModel[], options: RepairOptions): Promise<void> {
  for (const difference of await compareIndexes(models)) {
    await dropUnknown(difference, options);
    await replaceDiffering(difference, options);
    for (const index of difference.missing) {
      await buildIndex(difference.collection, index);
      options.print(`built    ${nameOfIndex(difference.collection, index)}`);
    }
  }
}

async function dropUnknown({ collection, unknown }: IndexDifference, { prune, print }: RepairOptions): Promise<void> {
  for (const index of unknown) {
    const removesRows = index.options.expireAfterSeconds !== undefined;
    if (removesRows || prune) await collection.dropIndex(index.name);
    print(`${removesRows || prune ? 'dropped ' : 'left    '} ${nameOfIndex(collection, index)}: in no schema`);
  }
}

async function replaceDiffering({ collection, differing }: IndexDifference, { print }: RepairOptions): Promise<void> {
  for (const { wanted, found } of differing) {
    if (differOnlyInExpiry(wanted, found)) await changeExpiry(collection, found.name, wanted);
    else await replaceIndex(collection, wanted, found);
    print(`replaced ${nameOfIndex(collection, found)}`);
    print(`    with ${describeIndex(wanted)}`);
  }
}

/** A time to live can be changed in place, but not taken away. */
function differOnlyInExpiry(wanted: Index, found: Index): boolean {
  const { expireAfterSeconds } = wanted.options;
  return (
    expireAfterSeconds !== undefined &&
    isDeepStrictEqual(Object.entries(wanted.key), Object.entries(found.key)) &&
    isDeepStrictEqual(wanted.options, { ...found.options, expireAfterSeconds })
  );
}

async function changeExpiry(collection: Collection, name: string, wanted: Index): Promise<void> {
  const { db } = collection.conn;
  if (db === undefined) throw new Error('MongoDB is not connected');
  const { expireAfterSeconds } = wanted.options;
  await db.command({ collMod: collection.collectionName, index: { name, expireAfterSeconds } });
}

/** A store refuses a second index of one key, so the old one has to go first; it comes back when the new one fails. */
async function replaceIndex(collection: Collection, wanted: Index, found: Index): Promise<void> {
  await collection.dropIndex(found.name);
  try {
    await buildIndex(collection, wanted);
  } catch (refusal) {
    await buildIndex(collection, found).catch((loss: unknown) => {
      throw new IndexBuildError(collection, found, new AggregateError([refusal, loss], lossMessage(refusal, loss)));
    });
    throw refusal;
  }
}

function lossMessage(refusal: unknown, loss: unknown): string {
  return `it was dropped for its successor and could not be put back. ${String(refusal)} ${String(loss)}`;
}

function nameOfIndex(collection: Collection, index: Index): string {
  return `${collection.collectionName}.${index.name} ${describeIndex(index)}`;
}
