import type { Redis } from 'ioredis';
import mongoose from 'mongoose';

interface Trace {
  readonly collection: string;
  /** The document as JSON. */
  readonly text: string;
}

/** The documents of this process's database, in whatever collection, that hold one of these texts or ids. */
export async function tracesInMongo(texts: readonly string[]): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (const collection of (await mongoose.connection.db?.collections()) ?? []) {
    for await (const document of collection.find()) {
      const text = JSON.stringify(document);
      if (texts.some((wanted) => text.includes(wanted))) traces.push({ collection: collection.collectionName, text });
    }
  }
  return traces;
}

/** The keys of a Redis that hold one of these texts, in name or value. */
export async function tracesInRedis(redis: Redis, texts: readonly string[]): Promise<string[]> {
  const traces: string[] = [];
  for (const key of await redis.keys('*')) {
    const text = JSON.stringify([key, await readValue(redis, key)]);
    if (texts.some((wanted) => text.includes(wanted))) traces.push(key);
  }
  return traces;
}

/** @throws on a type of value that no test has needed yet */
async function readValue(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, 0, -1);
    case 'stream':
      return redis.xrange(key, '-', '+');
    case 'none':
      return undefined; // it has ended since it was listed
    default:
      throw new Error(`${key} holds a ${type}`);
  }
}
