import { mongo } from 'mongoose';
import { afterAll, beforeAll, inject } from 'vitest';

const { MongoServerError } = mongo;

/** A database of its own for a test file: opened before its tests, dropped after them. */
export interface TestDatabase {
  uri: string;
  name: string;
  client: () => mongo.MongoClient;
  db: () => mongo.Db;
  /** A collection that no other test uses. */
  newCollection: () => mongo.Collection;
}

/** Registers the hooks of a test file and returns the database; it is open inside tests only. */
export function useDatabase(label: string): TestDatabase {
  const uri = inject('mongoUri');
  const name = `${label}_${process.pid}_${Date.now().toString(36)}`;
  const client = new mongo.MongoClient(uri, { maxPoolSize: 50 });
  const db = client.db(name);
  let collections = 0;
  beforeAll(async () => {
    await client.connect();
  });
  afterAll(async () => {
    await db.dropDatabase();
    await client.close();
  });
  return {
    uri,
    name,
    client: () => client,
    db: () => db,
    newCollection: () => {
      collections += 1;
      return db.collection(`c${collections}`);
    },
  };
}

/** The error with which the server refuses `work`. Throws when it does not. */
export async function refusalOf(work: Promise<unknown>): Promise<mongo.MongoServerError> {
  const outcome = await work.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  if (!(outcome instanceof MongoServerError)) throw new Error(`Not refused by the server: ${String(outcome)}`);
  return outcome;
}

/** An array of what `make` returns for 0 to count - 1. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
