import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import type { Clock } from '../../lib/clock.ts';
import { toError } from '../../lib/errors.ts';
import { GroupCommit } from '../../lib/group-commit.ts';
import type { LogLimiter } from '../../lib/log-limiter.ts';
import type { Logger } from '../../lib/logger.ts';
import { notifications as counted } from '../../lib/metrics.ts';
import { followLifecycle, type LifecycleDeps } from '../subscriptions/lifecycle.ts';
import { checkNotifications, type CheckedNotifications, type GenuineNotification } from './notification-check.ts';
import { type ChangeNotification, readChangeNotifications } from './notification-entry.ts';
import { NotifiedMessages } from './notified-messages.ts';
import { KnownSubscriptions } from '../subscriptions/subscription-cache.ts';

export interface IntakeDeps extends LifecycleDeps {
  readonly redis: Redis;
  /** Queues a job that reads the waiting messages of a mailbox. */
  readonly requestDrain: (mailboxId: string) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
}

/** Counts of notifications since the start of the process, by outcome. */
export interface IntakeCounts {
  queued: number;
  /** Answered with 503: Graph sends them again. */
  refused: number;
  malformed: number;
  unknownSubscriptions: number;
  invalidClientStates: number;
}

/** The values of the metric's label. The second of two is the name of earlier releases, kept for one release. */
const labels = {
  queued: ['queued'],
  refused: ['refused'],
  malformed: ['malformed'],
  unknownSubscriptions: ['unknown_subscription', 'strangers'],
  invalidClientStates: ['invalid_client_state', 'impostors'],
} as const satisfies Record<keyof IntakeCounts, readonly string[]>;

/** Graph expects an answer within 3 s. */
const limitMs = 1_500;
/** Work begun while Redis is frozen does not end: at most this much is held in memory. */
const maxPending = 1_000;

/** Requests that are queued together: with a thousand notifications each, Redis is busy for a moment. */
const intakesAtOnce = 20;

/** The genuine notifications of one request. */
interface Intake {
  readonly genuine: readonly GenuineNotification[];
  readonly receivedAt: number;
}

/** Takes change notifications in: genuine ones are queued before Graph gets its answer, the others are counted. */
export class NotificationIntake {
  readonly counts: IntakeCounts = {
    queued: 0,
    refused: 0,
    malformed: 0,
    unknownSubscriptions: 0,
    invalidClientStates: 0,
  };
  readonly #deps: IntakeDeps;
  readonly #known: KnownSubscriptions;
  readonly #notified: NotifiedMessages;
  readonly #enlisted = new GroupCommit<Intake>((intakes) => this.#enlist(intakes), intakesAtOnce);
  #pending = 0;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
    this.#known = new KnownSubscriptions(deps.clock);
    this.#notified = new NotifiedMessages(deps.redis);
  }

  /** Queues within 1.5 s. @returns false when Graph must send the notifications again */
  async take(entries: readonly unknown[]): Promise<boolean> {
    const receivedAt = this.#deps.clock();
    const { notifications, malformed } = readChangeNotifications(entries);
    this.#count('malformed', malformed);
    if (notifications.length === 0) return true;
    try {
      if (this.#pending >= maxPending) throw new Error('Too many requests are being queued already');
      await pTimeout(this.#track(this.#queue(notifications, receivedAt)), { milliseconds: limitMs });
      return true;
    } catch (error) {
      this.#count('refused', notifications.length);
      this.#warn('Change notifications could not be queued: Graph sends them again', { error: toError(error).message });
      return false;
    }
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#pending += 1;
    try {
      await work;
    } finally {
      this.#pending -= 1;
    }
  }

  async #queue(notifications: readonly ChangeNotification[], receivedAt: number): Promise<void> {
    const checked = await checkNotifications(this.#known, notifications);
    this.#countDropped(checked);
    if (checked.genuine.some(({ notification }) => notification.messageId !== undefined)) {
      await this.#enlisted.add({ genuine: checked.genuine, receivedAt });
    }
    for (const { notification, subscription } of checked.genuine) {
      if (notification.messageId === undefined) await followLifecycle(this.#deps, subscription, notification.event);
    }
    this.#count('queued', checked.genuine.length);
  }

  async #enlist(intakes: readonly Intake[]): Promise<void> {
    const byMailbox = messagesByMailbox(intakes.flatMap(({ genuine }) => genuine));
    await this.#notified.add(byMailbox, Math.max(...intakes.map(({ receivedAt }) => receivedAt)));
    // requested last: a job that finds its list empty would end before the messages are there
    await Promise.all([...byMailbox.keys()].map((mailboxId) => this.#deps.requestDrain(mailboxId)));
  }

  #countDropped({ unknownSubscriptions, invalidClientStates }: CheckedNotifications): void {
    this.#count('unknownSubscriptions', unknownSubscriptions);
    this.#count('invalidClientStates', invalidClientStates);
    if (unknownSubscriptions + invalidClientStates === 0) return;
    this.#warn('Dropped notifications that do not belong to a subscription of this service', {
      unknownSubscriptions,
      invalidClientStates,
    });
  }

  #count(outcome: keyof IntakeCounts, count: number): void {
    this.counts[outcome] += count;
    for (const label of labels[outcome]) counted.inc({ outcome: label }, count);
  }

  #warn(message: string, fields: Record<string, unknown>): void {
    this.#deps.limiter.warn(this.#deps.logger, message, message, fields);
  }
}

function messagesByMailbox(genuine: readonly GenuineNotification[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byMailbox = new Map<string, Set<string>>();
  for (const { notification, subscription } of genuine) {
    if (notification.messageId === undefined) continue;
    const messageIds = byMailbox.get(subscription.mailboxId) ?? new Set();
    byMailbox.set(subscription.mailboxId, messageIds.add(notification.messageId));
  }
  return byMailbox;
}
