import { defined } from '../../lib/defined.ts';
import { isDeepStrictEqual } from 'node:util';
import type { Collection, IndexDefinition, IndexOptions, mongo } from 'mongoose';

/** The part of a model that the index functions need. */
export interface IndexedModel {
  readonly collection: Collection;
  readonly schema: { indexes(): [IndexDefinition, IndexOptions][] };
}

type IndexKey = Readonly<Record<string, mongo.IndexDirection>>;

/** One index, with those properties that change what it does; what servers add of their own is left out. */
export interface Index {
  readonly name: string;
  /** Field to direction; the order of the fields counts. */
  readonly key: IndexKey;
  readonly options: {
    readonly unique?: boolean;
    readonly sparse?: boolean;
    readonly expireAfterSeconds?: number;
    readonly partialFilterExpression?: object;
    readonly collation?: mongo.CollationOptions;
    /** Kept up to date, but not used by queries. */
    readonly hidden?: boolean;
  };
}

/** The differences between the indexes of one collection and its schema. */
export interface IndexDifference {
  readonly collection: Collection;
  /** In the schema, not in the store. */
  readonly missing: Index[];
  /** In both under one key or name, but not the same. */
  readonly differing: { readonly wanted: Index; readonly found: Index }[];
  /** In the store, not in the schema. */
  readonly unknown: Index[];
}

/** The server's error code for a collection that does not exist. */
const namespaceNotFound = 26;

/**
 * Compares the indexes that the schemas declare with those in the store, which is only read.
 * @returns one entry for each model, in their order, empty where nothing differs
 */
export async function compareIndexes(models: readonly IndexedModel[]): Promise<IndexDifference[]> {
  return Promise.all(
    models.map(async ({ collection, schema }) => {
      const wanted = schema.indexes().map(([key, options]) => normalize(toKey(key), options));
      return { collection, ...compare(wanted, await readIndexes(collection)) };
    }),
  );
}

/** Exact matches are taken out first, so that a second index on the same key is not mistaken for the first. */
function compare(wanted: readonly Index[], found: readonly Index[]): Omit<IndexDifference, 'collection'> {
  const unmatched = wanted.filter((index) => !found.some((other) => sameIndex(index, other)));
  const unknown = found.filter((index) => !wanted.some((other) => sameIndex(index, other)));
  const missing: Index[] = [];
  const differing: IndexDifference['differing'] = [];
  for (const index of unmatched) {
    const place = unknown.findIndex((other) => sameKey(index, other) || index.name === other.name);
    const [other] = place === -1 ? [] : unknown.splice(place, 1);
    if (other === undefined) missing.push(index);
    else differing.push({ wanted: index, found: other });
  }
  return { missing, differing, unknown };
}

async function readIndexes(collection: Collection): Promise<Index[]> {
  try {
    const indexes = await collection.listIndexes().toArray();
    return indexes.map((index) => normalize(index.key, index)).filter(({ name }) => name !== '_id_');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === namespaceNotFound) return [];
    throw error;
  }
}

/** Mongoose allows words for the directions, the store does not. */
function toKey(definition: IndexDefinition): IndexKey {
  const key: Record<string, mongo.IndexDirection> = {};
  for (const [field, direction] of Object.entries(definition)) {
    if (direction === 'asc' || direction === 'ascending') key[field] = 1;
    else if (direction === 'desc' || direction === 'descending') key[field] = -1;
    else key[field] = direction;
  }
  return key;
}

/** Drops flags that are off: they equal missing ones. */
function normalize(key: IndexKey, given: Pick<IndexOptions, 'name' | keyof Index['options']>): Index {
  const { unique, sparse, expireAfterSeconds, partialFilterExpression, collation, hidden } = given;
  return {
    name: given.name ?? Object.entries(key).flat().join('_'),
    key,
    options: defined<Index['options']>({
      unique: unique ? true : undefined,
      sparse: sparse === true ? true : undefined,
      expireAfterSeconds,
      partialFilterExpression,
      collation,
      hidden: hidden === true ? true : undefined,
    }),
  };
}

function sameIndex(one: Index, other: Index): boolean {
  return sameKey(one, other) && isDeepStrictEqual(one.options, other.options);
}

function sameKey(one: Index, other: Index): boolean {
  return isDeepStrictEqual(Object.entries(one.key), Object.entries(other.key));
}
