import { randomUUID } from 'node:crypto';
import mongoose from 'mongoose';
import { afterAll, beforeAll, inject } from 'vitest';
import { configureMongoose } from '../../src/config/database.ts';
import type { IndexedModel } from '../../src/models/indexes/index-diff.ts';
import { buildIndexes } from '../../src/models/index.ts';
import { recordIndexLog } from '../integration/models/indexes/index-log.ts';

/** A database that belongs to one test file. */
export interface TestDatabase {
  readonly uri: string;
  /** Removes it and closes the connection. */
  drop(): Promise<void>;
}

/** The URI of a new database on the store of this run. */
export function testDatabaseUri(): string {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  return inject('mongoUri').replace(/^(mongodb:\/\/[^/?]+)(\/[^?]*)?/, `$1/${name}`);
}

/** Removes the database that `uri` names, over a connection of its own. */
export async function dropDatabase(uri: string): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  await connection.dropDatabase();
  await connection.close();
}

/** Connects mongoose to a new database, empty and without indexes, with the settings the service runs with. */
export async function connectTestDatabase(): Promise<TestDatabase> {
  configureMongoose();
  const uri = testDatabaseUri();
  await mongoose.connect(uri);
  return {
    uri,
    async drop() {
      await mongoose.connection.dropDatabase();
      await mongoose.disconnect();
    },
  };
}

/**
 * Gives the calling test file a database of its own, from before its first test until after its last.
 * @param models those whose indexes are built; none when left out
 */
export function useTestDatabase(models: readonly IndexedModel[] = []): Pick<TestDatabase, 'uri'> {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await connectTestDatabase();
    if (models.length > 0) await buildIndexes(models, recordIndexLog());
  });
  afterAll(() => database?.drop());
  return {
    get uri() {
      if (database === undefined) throw new Error('The database is there from beforeAll on');
      return database.uri;
    },
  };
}
