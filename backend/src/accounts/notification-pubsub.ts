import type { Redis } from 'ioredis';
import { toError } from '../lib/errors.ts';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { type StoredChange, onChange } from '../models/store/change-signal.ts';
import { onNotificationSignal } from '../models/store/notification-signal.ts';
import { type ChangeHint, MailboxOwners, readHint, writeHint } from './change-hints.ts';

// Words: docs/GLOSSARY.md, "Service". Readers of a signal read MongoDB: a lost signal delays a
// notification by seconds, and loses none.

const channel = 'msedb:notification-signals';

export interface RelayDeps {
  readonly redis: Redis;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
}

/**
 * Publishes the notification signals and change signals of this process to every process.
 * @returns a function that stops it
 */
export function relaySignals({ redis, logger, limiter }: RelayDeps): () => void {
  const owners = new MailboxOwners();
  const warn = (error: unknown): void => {
    const message =
      'Signal was not published; open streams show notifications at their next heartbeat, and other changes when a page is loaded';
    limiter.warn(logger, message, 'notification relay', { error: toError(error).message });
  };
  const endNotifications = onNotificationSignal((userId) => {
    redis.publish(channel, userId).catch(warn);
  });
  const publishChange = async (change: StoredChange): Promise<void> => {
    const userId = await owners.ownerOf(change);
    if (userId !== undefined) await redis.publish(channel, writeHint(userId, change));
  };
  const endChanges = onChange((change) => {
    publishChange(change).catch(warn);
  });
  return () => {
    endNotifications();
    endChanges();
  };
}

export interface SignalListener {
  /** The notifications of this user have changed. */
  readonly onSignal: (userId: string) => void;
  /** Something else of this user has changed. */
  readonly onHint: (userId: string, hint: ChangeHint) => void;
  /** Signals of any user may have been missed. */
  readonly onGap: () => void;
}

/**
 * Listens to the signals of every process, whenever Redis is available.
 * @param subscriber an unopened connection used for this alone; its owner handles its errors
 */
export function followSignals(subscriber: Redis, { onSignal, onHint, onGap }: SignalListener): void {
  const subscribe = async (): Promise<void> => {
    await subscriber.subscribe(channel);
    onGap();
  };
  subscriber.on('message', (_channel: string, message: string) => {
    const changed = readHint(message);
    if (changed === undefined) onSignal(message);
    else onHint(changed.userId, changed.hint);
  });
  subscriber.on('ready', () => {
    subscribe().catch(waitForReady);
  });
  subscriber.connect().catch(waitForReady);
}

/** A connection emits 'ready' once Redis is back. */
function waitForReady(): void {}
