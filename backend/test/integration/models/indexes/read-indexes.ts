import type { Collection } from 'mongoose';

/** The indexes of a collection by name as the server tells them, without its own additions and the index of _id. */
export async function readIndexes(collection: Collection): Promise<Record<string, object>> {
  const indexes = await collection.listIndexes().toArray();
  const pairs = indexes.map(({ name, v: _version, ...index }) => [String(name), index] as const);
  return Object.fromEntries(pairs.filter(([name]) => name !== '_id_'));
}
