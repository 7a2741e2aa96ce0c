import type { Redis } from 'ioredis';
import mongoose from 'mongoose';

/** Everything that a database held at one time, by collection. */
export type DatabaseBackup = ReadonlyMap<string, readonly Record<string, unknown>[]>;

/** Reads all documents of a database. */
export async function backUpDatabase(uri: string): Promise<DatabaseBackup> {
  return withConnection(uri, async (connection) => {
    const backup = new Map<string, Record<string, unknown>[]>();
    for (const collection of (await connection.db?.collections()) ?? []) {
      backup.set(collection.collectionName, await collection.find({}).toArray());
    }
    return backup;
  });
}

/** Replaces all documents of a database; its indexes stay. */
export async function restoreDatabase(uri: string, backup: DatabaseBackup): Promise<void> {
  await withConnection(uri, async (connection) => {
    for (const collection of (await connection.db?.collections()) ?? []) {
      await collection.deleteMany({});
      const rows = backup.get(collection.collectionName) ?? [];
      if (rows.length > 0) await collection.insertMany([...rows]);
    }
  });
}

async function withConnection<T>(uri: string, work: (connection: mongoose.Connection) => Promise<T>): Promise<T> {
  const connection = await mongoose.createConnection(uri).asPromise();
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Everything that a Redis held at one time: serialized values by key, with the time when each expires. */
export type RedisBackup = ReadonlyMap<string, { readonly value: Buffer; readonly expiresAt: number | undefined }>;

export async function backUpRedis(redis: Redis): Promise<RedisBackup> {
  const backup = new Map<string, { value: Buffer; expiresAt: number | undefined }>();
  for (const key of await redis.keys('*')) {
    const value = await redis.dumpBuffer(key);
    const expiresAt = await redis.pexpiretime(key);
    if (value !== null) backup.set(key, { value, expiresAt: expiresAt < 0 ? undefined : expiresAt });
  }
  return backup;
}

/** Replaces all keys; those that have expired since the backup stay away. */
export async function restoreRedis(redis: Redis, backup: RedisBackup): Promise<void> {
  await redis.flushall();
  for (const [key, { value, expiresAt = 0 }] of backup) await redis.restore(key, expiresAt, value, 'ABSTTL');
}
