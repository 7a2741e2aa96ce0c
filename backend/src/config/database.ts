import mongoose from 'mongoose';
import pTimeout from 'p-timeout';
import { permanent, withBackoff } from '../lib/retry.ts';
import type { Logger } from '../lib/logger.ts';
import type { MongoSettings } from './env.ts';

/** Ten attempts over about two and a half minutes, for a store that starts late. */
const backoff = { tries: 10, minDelayMs: 1_000, maxDelayMs: 30_000 };

const connectOptions = {
  maxPoolSize: 50,
  minPoolSize: 5,
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 45_000,
  waitQueueTimeoutMS: 5_000,
  heartbeatFrequencyMS: 5_000,
  family: 4,
} satisfies mongoose.ConnectOptions;

/** The server's time limit for a query, below socketTimeoutMS; a caller can set a shorter one. */
const queryLimitMs = 30_000;

/**
 * Sets Mongoose's process-wide settings: no automatic indexes, no buffering, no silently dropped fields. Idempotent.
 * @internal exported for tests and benchmarks
 */
export function configureMongoose(): void {
  mongoose.set('autoCreate', false);
  mongoose.set('autoIndex', false);
  mongoose.set('bufferCommands', false);
  mongoose.set('strictQuery', 'throw');
  mongoose.set('sanitizeFilter', true);
  mongoose.set('runValidators', true);
  mongoose.set('maxTimeMS', queryLimitMs);
}

/**
 * Connects Mongoose; retries while the store starts.
 * @param signal ends the waiting at once
 * @throws the driver's error after the last try; the signal's reason when it is aborted
 */
export async function connectDatabase(settings: MongoSettings, logger: Logger, signal: AbortSignal): Promise<void> {
  configureMongoose();
  await withBackoff(() => mongoose.connect(settings.uri.reveal(), connectOptions).catch(refuseForEver), {
    ...backoff,
    signal,
    onFailure: ({ attempt, tries, delayMs, error }) => {
      const fields = { attempt, tries, error: error.message };
      if (delayMs === undefined) logger.error('MongoDB cannot be reached: giving up', fields);
      else logger.warn('MongoDB cannot be reached: retrying', { ...fields, retryInMs: delayMs });
    },
  });
  watchConnection(logger);
}

/** Closes the pool within `limitMs`; connections that remain end with the process. */
export async function disconnectDatabase(limitMs = 1_000): Promise<void> {
  mongoose.connection.removeAllListeners('disconnected').removeAllListeners('reconnected');
  await pTimeout(mongoose.disconnect(), { milliseconds: limitMs, fallback: () => undefined });
}

/** Pings MongoDB. @throws when it does not answer before `signal` is aborted */
export async function pingDatabase(signal: AbortSignal): Promise<void> {
  const { db } = mongoose.connection;
  if (db === undefined) throw new Error('MongoDB is not connected');
  await db.command({ ping: 1 }, { signal });
}

/** Does not retry with a connection string that the driver rejects. */
function refuseForEver(error: Error): never {
  throw error.name === 'MongoParseError' ? permanent(error) : error;
}

function watchConnection(logger: Logger): void {
  mongoose.connection
    .removeAllListeners('error') // of an earlier connection in this process, which may fail until its end
    .on('disconnected', () => logger.warn('MongoDB connection lost: the driver reconnects'))
    .on('reconnected', () => logger.info('MongoDB reconnected'))
    .on('error', (error: Error) => logger.warn('MongoDB connection error', { error: error.message }));
}
