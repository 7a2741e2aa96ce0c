import type { Redis } from 'ioredis';
import { toError } from '../lib/errors.ts';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { onNotificationSignal } from '../models/store/notification-signal.ts';

// Words: docs/GLOSSARY.md, "Service". Readers of a signal read MongoDB: a lost signal delays a
// notification by seconds, and loses none.

const channel = 'msedb:notification-signals';

export interface RelayDeps {
  readonly redis: Redis;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
}

/**
 * Publishes the notification signals of this process to every process.
 * @returns a function that stops it
 */
export function relayNotificationSignals({ redis, logger, limiter }: RelayDeps): () => void {
  return onNotificationSignal((userId) => {
    redis.publish(channel, userId).catch((error: unknown) => {
      limiter.warn(
        logger,
        'Notification signal was not published; open streams show the notification at their next heartbeat',
        'notification relay',
        { error: toError(error).message },
      );
    });
  });
}

export interface SignalListener {
  /** The notifications of this user have changed. */
  readonly onSignal: (userId: string) => void;
  /** Signals of any user may have been missed. */
  readonly onGap: () => void;
}

/**
 * Listens to the notification signals of every process, whenever Redis is available.
 * @param subscriber an unopened connection used for this alone; its owner handles its errors
 */
export function followNotificationSignals(subscriber: Redis, { onSignal, onGap }: SignalListener): void {
  const subscribe = async (): Promise<void> => {
    await subscriber.subscribe(channel);
    onGap();
  };
  subscriber.on('message', (_channel: string, userId: string) => onSignal(userId));
  subscriber.on('ready', () => {
    subscribe().catch(waitForReady);
  });
  subscriber.connect().catch(waitForReady);
}

/** A connection emits 'ready' once Redis is back. */
function waitForReady(): void {}
