import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { minuteMs } from '../lib/durations.ts';
import type { Logger } from '../lib/logger.ts';
import { Heartbeat, type IHeartbeat } from '../models/index.ts';
import { noteUnlogged } from '../observation/coverage/unlogged.ts';

// MongoDB counts the beats of the service, and Redis has a copy of the count, written after it. So Redis is never ahead,
// and at most a beat or two behind: what differs more was restored from a backup, or lost. See
// .planning/decisions/020-restore.md.

const redisKey = 'msedb:heartbeat';
/** Redis may lose its last seconds in a crash. */
const slackMs = minuteMs;

/** Stores a beat unless a newer one of the same database is there. */
const storeNewer = `
if redis.call('HGET', KEYS[1], 'lineage') ~= ARGV[1]
  or tonumber(redis.call('HGET', KEYS[1], 'beat') or 0) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'lineage', ARGV[1], 'beat', ARGV[2], 'at', ARGV[3])
end`;

const copy = z.object({ lineage: z.string(), beat: z.coerce.number(), at: z.coerce.number() });

type Beat = Pick<IHeartbeat, 'lineage' | 'beat' | 'at'>;

/**
 * `same`: neither store is behind the other, as far as that can be told. `first`: neither has a beat yet. The others say
 * which store is older than the other or has lost its beats; after these, nobody can tell that MongoDB is current.
 */
type StoreComparison = 'same' | 'first' | 'mongo_older' | 'redis_older' | 'redis_lost';

/** Counts a beat in MongoDB, then in Redis. @param now milliseconds since the epoch */
export async function beat(redis: Redis, now: number): Promise<void> {
  const stored = await Heartbeat.findOneAndUpdate(
    { key: 'service' },
    { $inc: { beat: 1 }, $max: { at: new Date(now) }, $setOnInsert: { lineage: randomUUID() } },
    { upsert: true, returnDocument: 'after' },
  ).lean<Beat>();
  if (stored !== null) await copyToRedis(redis, stored);
}

async function copyToRedis(redis: Redis, { lineage, beat: count, at }: Beat): Promise<void> {
  await redis.eval(storeNewer, 1, redisKey, lineage, count, at.getTime());
}

/** Tells if MongoDB may be older than the mailboxes. */
export function isSuspect(comparison: StoreComparison): boolean {
  return comparison !== 'same' && comparison !== 'first';
}

/**
 * Compares the two stores. If MongoDB may be older than what happened since, all mailboxes are noted: what is seen of
 * the time between gets no vote unless it is recognized as ours, and each is read anew. Idempotent: the stores agree
 * afterwards.
 * @param now milliseconds since the epoch
 */
export async function compareStores(redis: Redis, logger: Logger, now: number): Promise<StoreComparison> {
  const inMongo = await Heartbeat.findOne({ key: 'service' }).lean<Beat>();
  const { data: inRedis } = copy.safeParse(await redis.hgetall(redisKey));
  const comparison = compare(inMongo ?? undefined, inRedis);
  if (comparison !== 'same' && comparison !== 'first') {
    const mailboxes = await noteUnlogged(inMongo?.at, now);
    logger.warn(explanations[comparison], { mailboxes, lastSeen: inMongo?.at.toISOString() });
    await redis.del(redisKey);
  }
  await beat(redis, now);
  return comparison;
}

function compare(inMongo: Beat | undefined, inRedis: z.output<typeof copy> | undefined): StoreComparison {
  if (inRedis === undefined) return inMongo === undefined ? 'first' : 'redis_lost';
  if (inMongo === undefined) return 'mongo_older';
  if (inRedis.lineage !== inMongo.lineage) return 'redis_lost';
  if (inRedis.beat > inMongo.beat) return 'mongo_older';
  return inRedis.at < inMongo.at.getTime() - slackMs ? 'redis_older' : 'same';
}

const consequence =
  'What happened in the mailboxes since then teaches nothing, unless it is recognized as done by MSEDB; mail in the staging folder is listed again';
const explanations = {
  mongo_older: `MongoDB is older than Redis: a backup was restored. ${consequence}`,
  redis_older: `Redis is older than MongoDB, so nothing proves that MongoDB is current. ${consequence}`,
  redis_lost: `Redis is empty or belongs to another database, so nothing proves that MongoDB is current. ${consequence}`,
} as const;
