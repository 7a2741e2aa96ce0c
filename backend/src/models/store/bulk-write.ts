import { type Collection, mongo } from 'mongoose';
import { duplicateKeyCode } from './duplicate-key.ts';
import type { Timestamps } from '../fields/paths.ts';

/** One write of a bulk; undefined fields would be stored as null. */
export type BulkOperation = mongo.AnyBulkWriteOperation;

interface UpdateTo {
  readonly $set: Record<string, unknown>;
  readonly $unset?: Record<string, 1>;
}

export interface BulkOutcome {
  readonly inserted: number;
  readonly matched: number;
  /** The operations, by their index, that met a row with the same unique key. */
  readonly duplicates: readonly number[];
}

/**
 * Writes many rows in one command, in any order. Bypasses Mongoose for speed; callers supply timestamps and __v
 * (`newRow`, `updateTo`). A duplicate key is a result, not an error: another writer was first.
 * @throws an error that names codes only when rows were refused otherwise (the driver's own holds the rows, and so
 * subjects); the driver's when the store could not be reached
 */
export async function bulkWrite(collection: Collection, operations: BulkOperation[]): Promise<BulkOutcome> {
  if (operations.length === 0) return { inserted: 0, matched: 0, duplicates: [] };
  try {
    const { insertedCount, matchedCount } = await collection.bulkWrite(operations, { ordered: false });
    return { inserted: insertedCount, matched: matchedCount, duplicates: [] };
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
    const refusals = [error.writeErrors].flat();
    if (refusals.length === 0) throw error;
    const others = refusals.filter(({ code }) => code !== duplicateKeyCode);
    if (others.length > 0) throw refusalOf(others);
    const { insertedCount, matchedCount } = error;
    return { inserted: insertedCount, matched: matchedCount, duplicates: refusals.map(({ index }) => index) };
  }
}

function refusalOf(errors: readonly mongo.WriteError[]): Error {
  const codes = [...new Set(errors.map(({ code }) => code))].join(', ');
  return new Error(`The store refused ${errors.length} rows of a bulk write: code ${codes}`);
}

/** Returns a new row with the fields that Mongoose adds. */
export function newRow<T extends object>(fields: T): T & Timestamps & { readonly __v: number } {
  const now = new Date();
  return { ...fields, createdAt: now, updatedAt: now, __v: 0 };
}

/** An update that sets the fields that are defined and removes the others, and notes when, as Mongoose does. */
export function updateTo(fields: Readonly<Record<string, unknown>>): UpdateTo {
  const set: Record<string, unknown> = { updatedAt: new Date() };
  const unset: Record<string, 1> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) unset[name] = 1;
    else set[name] = value;
  }
  return Object.keys(unset).length === 0 ? { $set: set } : { $set: set, $unset: unset };
}
