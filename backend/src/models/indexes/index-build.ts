import type { Collection } from 'mongoose';
import { toError } from '../../lib/errors.ts';
import { compareIndexes, type Index, type IndexDifference, type IndexedModel } from './index-diff.ts';
import { describeIndex } from './index-text.ts';

/** The log of the start: indexes that were built, and those left alone. */
export interface IndexLog {
  info(message: string, fields: object): unknown;
  warn(message: string, fields: object): unknown;
}

/** An index that the store refused to build. The message names collection and key; `cause` is the store's answer. */
export class IndexBuildError extends Error {
  constructor(collection: Collection, index: Index, cause: unknown) {
    super(`Index ${describeIndex(index)} of ${collection.collectionName} cannot be built: ${toError(cause).message}`, {
      cause,
    });
    this.name = 'IndexBuildError';
  }
}

/**
 * Builds every index that the store lacks, and with it the collections. An index that differs from its schema or that
 * no schema knows is named in a warning and left alone: dropping one can lose data or a guarantee.
 * @throws IndexBuildError when the store refuses, as it does a unique index over rows that are not
 */
export async function buildIndexes(models: readonly IndexedModel[], log: IndexLog): Promise<void> {
  for (const difference of await compareIndexes(models)) {
    const { collection, missing } = difference;
    if (missing.length > 0) {
      await buildTogether(collection, missing);
      log.info('Indexes built', { collection: collection.collectionName, indexes: missing.map(describeIndex) });
    }
    warnOfDifferences(difference, log);
  }
}

/** One command costs half the time of one for each; when it is refused they are tried singly, to name the culprit. */
async function buildTogether(collection: Collection, indexes: readonly Index[]): Promise<void> {
  try {
    await collection.createIndexes(indexes.map(({ key, name, options }) => ({ ...options, key, name })));
  } catch {
    for (const index of indexes) await buildIndex(collection, index);
  }
}

/** @throws IndexBuildError when the store refuses */
export async function buildIndex(collection: Collection, index: Index): Promise<void> {
  try {
    await collection.createIndex(index.key, { ...index.options, name: index.name });
  } catch (error) {
    throw new IndexBuildError(collection, index, error);
  }
}

function warnOfDifferences({ collection, differing, unknown }: IndexDifference, log: IndexLog): void {
  const { collectionName } = collection;
  for (const { wanted, found } of differing) {
    const [inStore, inSchema] = [describeIndex(found), describeIndex(wanted)];
    const fields = { collection: collectionName, index: found.name, inStore, inSchema };
    log.warn('An index differs from its schema and was left as it is: see npm run db:indexes', fields);
  }
  for (const index of unknown) {
    const fields = { collection: collectionName, index: index.name, inStore: describeIndex(index) };
    log.warn('An index is in no schema and was left as it is: see npm run db:indexes', fields);
  }
}
