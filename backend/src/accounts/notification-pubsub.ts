import type { Redis } from 'ioredis';
import { toError } from '../lib/errors.ts';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { onNotificationSignal } from '../models/store/notification-signal.ts';

// Glossary: *news* says that the notifications of a user have changed, by the user's id alone. What they are is read
// from MongoDB: news that is lost costs seconds, never a notification.

const channel = 'msedb:notification-news';

export interface RelayDeps {
  readonly redis: Redis;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
}

/**
 * Tells every process of the news of this one.
 * @returns a function that ends it
 */
export function relayNotificationSignals({ redis, logger, limiter }: RelayDeps): () => void {
  return onNotificationSignal((userId) => {
    redis.publish(channel, userId).catch((error: unknown) => {
      limiter.warn(logger, 'Notifications are shown later', 'notification relay', { error: toError(error).message });
    });
  });
}

export interface SignalListener {
  /** There is news of this user. */
  readonly onNews: (userId: string) => void;
  /** There may have been news of anybody that was not heard. */
  readonly onGap: () => void;
}

/**
 * Hears the news of every process, whenever Redis is there.
 * @param subscriber a connection for this alone, which is opened; its errors are handled by whoever made it
 */
export function followNotificationSignals(subscriber: Redis, { onNews, onGap }: SignalListener): void {
  const subscribe = async (): Promise<void> => {
    await subscriber.subscribe(channel);
    onGap();
  };
  subscriber.on('message', (_channel: string, userId: string) => onNews(userId));
  subscriber.on('ready', () => {
    subscribe().catch(waitForReady);
  });
  subscriber.connect().catch(waitForReady);
}

/** A connection that is lost, or was never there, says 'ready' when it is back. */
function waitForReady(): void {}
