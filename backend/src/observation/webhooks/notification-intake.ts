import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import type { Clock } from '../../lib/clock.ts';
import { toError } from '../../lib/errors.ts';
import { GroupCommit } from '../../lib/group-commit.ts';
import type { LogLimiter } from '../../lib/log-limiter.ts';
import type { Logger } from '../../lib/logger.ts';
import { notifications as counted } from '../../lib/metrics.ts';
import { followLifecycle, type LifecycleDeps } from '../subscriptions/lifecycle.ts';
import { checkNotifications, type CheckedNotifications, type Genuine } from './notification-check.ts';
import { type ChangeNotification, readChangeNotifications } from './notification-entry.ts';
import { NotifiedMessages } from './notified-messages.ts';
import { KnownSubscriptions } from '../subscriptions/subscription-cache.ts';

export interface IntakeDeps extends LifecycleDeps {
  readonly redis: Redis;
  /** Puts a look at what waits in a mailbox on the queue. */
  readonly requestDrain: (mailboxId: string) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
}

/** How many notifications have come, since the start of the process, and what became of them. */
export interface IntakeCounts {
  queued: number;
  /** Answered with 503, so that Graph sends them again. */
  refused: number;
  malformed: number;
  strangers: number;
  impostors: number;
}

/** Graph wants its answer within 3 s. */
const limitMs = 1_500;
/** While Redis is frozen, what was begun does not end: no more than this is held in memory. */
const maxUnsettled = 1_000;

/** Requests that are queued together: with a thousand notifications each it takes Redis a moment. */
const intakesAtOnce = 20;

/** What is genuine of one request. */
interface Intake {
  readonly genuine: readonly Genuine[];
  readonly receivedAt: number;
}

/** Takes notifications in: what is genuine is queued before it is answered, the rest is counted. */
export class NotificationIntake {
  readonly counts: IntakeCounts = { queued: 0, refused: 0, malformed: 0, strangers: 0, impostors: 0 };
  readonly #deps: IntakeDeps;
  readonly #known: KnownSubscriptions;
  readonly #notified: NotifiedMessages;
  readonly #enlisted = new GroupCommit<Intake>((intakes) => this.#enlist(intakes), intakesAtOnce);
  #unsettled = 0;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
    this.#known = new KnownSubscriptions(deps.clock);
    this.#notified = new NotifiedMessages(deps.redis);
  }

  /** @returns whether all that is genuine is queued; if not, Graph is to send it again. Within 1.5 s */
  async take(entries: readonly unknown[]): Promise<boolean> {
    const receivedAt = this.#deps.clock();
    const { notifications, malformed } = readChangeNotifications(entries);
    this.#count('malformed', malformed);
    if (notifications.length === 0) return true;
    try {
      if (this.#unsettled >= maxUnsettled) throw new Error('Too much is being queued already');
      await pTimeout(this.#settle(this.#queue(notifications, receivedAt)), { milliseconds: limitMs });
      return true;
    } catch (error) {
      this.#count('refused', notifications.length);
      this.#warn('Notifications could not be queued: Graph sends them again', { error: toError(error).message });
      return false;
    }
  }

  async #settle(work: Promise<void>): Promise<void> {
    this.#unsettled += 1;
    try {
      await work;
    } finally {
      this.#unsettled -= 1;
    }
  }

  async #queue(notifications: readonly ChangeNotification[], receivedAt: number): Promise<void> {
    const checked = await checkNotifications(this.#known, notifications);
    this.#countOthers(checked);
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
    // a job that found its list empty would end before the messages are there
    await Promise.all([...byMailbox.keys()].map((mailboxId) => this.#deps.requestDrain(mailboxId)));
  }

  #countOthers({ strangers, impostors }: CheckedNotifications): void {
    this.#count('strangers', strangers);
    this.#count('impostors', impostors);
    if (strangers + impostors > 0) this.#warn('Notifications that are not ours were dropped', { strangers, impostors });
  }

  #count(outcome: keyof IntakeCounts, count: number): void {
    this.counts[outcome] += count;
    counted.inc({ outcome }, count);
  }

  #warn(message: string, fields: Record<string, unknown>): void {
    this.#deps.limiter.warn(this.#deps.logger, message, message, fields);
  }
}

function messagesByMailbox(genuine: readonly Genuine[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byMailbox = new Map<string, Set<string>>();
  for (const { notification, subscription } of genuine) {
    if (notification.messageId === undefined) continue;
    const messageIds = byMailbox.get(subscription.mailboxId) ?? new Set();
    byMailbox.set(subscription.mailboxId, messageIds.add(notification.messageId));
  }
  return byMailbox;
}
