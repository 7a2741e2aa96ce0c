import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Awkwardness } from '../faults/awkwardness.ts';
import { faultless, type NotificationFaults } from '../faults/notification-faults.ts';
import type { MailboxChange } from '../mailbox/mailbox-parts.ts';
import type { Person } from '../people.ts';
import type { SeededRandom } from '../random.ts';
import type { TenantBehavior } from '../tenant-behavior.ts';
import {
  type LifecycleEvent,
  type MoveNotifications,
  type Notification,
  lifecycleNotification,
  notificationsOf,
} from './notification.ts';
import { type DeliveryRules, Outbox } from './outbox.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface NotifierParts {
  readonly subscriptions: Subscriptions;
  readonly random: SeededRandom;
  readonly rules: DeliveryRules;
  readonly awkward: Awkwardness;
  readonly tenant: TenantBehavior;
}

export interface NotificationCounts {
  readonly dropped: number;
  readonly duplicated: number;
  readonly delayed: number;
  readonly reordered: number;
  /** Answered 2xx. */
  readonly delivered: number;
  /** Given up after every retry. */
  readonly lost: number;
}

/** Tells the subscribers of every change, as well or as badly as the faults allow. */
export class Notifier {
  faults: NotificationFaults = faultless;
  readonly #parts: NotifierParts;
  readonly #stop = new AbortController();
  readonly #outboxes = new Map<string, Outbox>();
  readonly #delayed = new Set<Promise<void>>();
  #counts = { dropped: 0, duplicated: 0, delayed: 0, reordered: 0, delivered: 0, lost: 0 };

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    setMaxListeners(0, this.#stop.signal); // every post and every wait listens to it
  }

  counts(): NotificationCounts {
    return { ...this.#counts };
  }

  changed(person: Person, change: MailboxChange): void {
    const moved = change.kind === 'moved' ? this.#ofMove() : [];
    for (const subscription of this.#parts.subscriptions.all(person)) {
      for (const notification of notificationsOf(subscription, change, moved)) {
        this.#send(subscription.notificationUrl, notification);
      }
    }
  }

  #ofMove(): MoveNotifications {
    const { awkward, tenant } = this.#parts;
    const isBoth = awkward.strikes('createdAndDeleted');
    return tenant.moveNotifications ?? (isBoth ? ['deleted', 'created'] : ['updated', 'created']);
  }

  /** Sends a lifecycle event of one subscription; `subscriptionRemoved` ends it as well. @throws 404 */
  lifecycle(subscriptionId: string, event: LifecycleEvent): void {
    const subscription = this.#parts.subscriptions.get(subscriptionId);
    if (event === 'subscriptionRemoved') this.#parts.subscriptions.end(subscriptionId);
    const url = subscription.lifecycleNotificationUrl;
    if (url !== undefined) this.#outbox(url).add([lifecycleNotification(subscription, event)]);
  }

  /** Resolves when nothing is waiting to be sent, sent late, or tried again. */
  async settled(): Promise<void> {
    while (this.#delayed.size > 0 || [...this.#outboxes.values()].some((outbox) => outbox.isBusy)) {
      await Promise.all([...this.#delayed, ...[...this.#outboxes.values()].map((outbox) => outbox.settled())]);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.settled();
  }

  #send(url: string, notification: Notification): void {
    const { random } = this.#parts;
    if (random.chance(this.faults.dropRate)) {
      this.#counts.dropped += 1;
      return;
    }
    const copies = random.chance(this.faults.duplicateRate) ? [notification, notification] : [notification];
    this.#counts.duplicated += copies.length - 1;
    if (!random.chance(this.faults.delayRate)) {
      this.#outbox(url).add(copies);
      return;
    }
    this.#counts.delayed += 1;
    const late = this.#sendLate(url, copies).finally(() => this.#delayed.delete(late));
    this.#delayed.add(late);
  }

  async #sendLate(url: string, copies: readonly Notification[]): Promise<void> {
    try {
      await sleep(this.faults.delayMs, undefined, { signal: this.#stop.signal });
    } catch {
      return; // the emulator closes
    }
    this.#outbox(url).add(copies);
  }

  #outbox(url: string): Outbox {
    let outbox = this.#outboxes.get(url);
    if (outbox === undefined) {
      outbox = new Outbox({
        url,
        rules: this.#parts.rules,
        signal: this.#stop.signal,
        arrange: (batch) => this.#arrange(batch),
        onOutcome: (outcome, count) => {
          this.#counts[outcome] += count;
        },
      });
      this.#outboxes.set(url, outbox);
    }
    return outbox;
  }

  #arrange(batch: Notification[]): void {
    if (batch.length < 2 || !this.#parts.random.chance(this.faults.reorderRate)) return;
    this.#parts.random.shuffle(batch);
    this.#counts.reordered += 1;
  }
}
