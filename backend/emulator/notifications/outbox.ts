import { setTimeout as sleep } from 'node:timers/promises';
import type { Notification } from './notification.ts';

export interface DeliveryRules {
  /** How long notifications are gathered before they are posted together. */
  readonly gatherMs: number;
  readonly maxPerPost: number;
  readonly maxPostsAtATime: number;
  /** Waits before each retry; when they are used up the notifications are lost. */
  readonly retryDelaysMs: readonly number[];
  readonly timeoutMs: number;
}

export const graphDeliveryRules: DeliveryRules = {
  gatherMs: 5,
  maxPerPost: 50,
  maxPostsAtATime: 8,
  retryDelaysMs: [250, 1_000, 4_000, 16_000, 60_000],
  timeoutMs: 10_000,
};

export interface OutboxParts {
  readonly url: string;
  readonly rules: DeliveryRules;
  readonly signal: AbortSignal;
  /** May put the notifications of one post in another order. */
  readonly arrange: (batch: Notification[]) => void;
  readonly onOutcome: (outcome: 'delivered' | 'lost', notifications: number) => void;
}

/** What is on its way to one receiver: gathered, posted, and tried again while the receiver fails. */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #posts = new Set<Promise<void>>();
  #waiting: Notification[] = [];
  #pump: Promise<void> | undefined;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  get isBusy(): boolean {
    return this.#pump !== undefined || this.#posts.size > 0;
  }

  add(notifications: readonly Notification[]): void {
    if (this.#parts.signal.aborted) return;
    this.#waiting.push(...notifications);
    this.#pump ??= this.#run();
  }

  async settled(): Promise<void> {
    await this.#pump;
    await Promise.all(this.#posts);
  }

  async #run(): Promise<void> {
    const { rules, signal, arrange } = this.#parts;
    while (this.#waiting.length > 0 && !signal.aborted) {
      await sleep(rules.gatherMs);
      while (this.#posts.size >= rules.maxPostsAtATime) await Promise.race(this.#posts);
      const batch = this.#waiting.splice(0, rules.maxPerPost);
      arrange(batch);
      const post = this.#deliver(batch).finally(() => this.#posts.delete(post));
      this.#posts.add(post);
    }
    this.#pump = undefined; // in the same breath as the check, so that nothing added is left lying
  }

  async #deliver(batch: readonly Notification[]): Promise<void> {
    const { rules, signal, onOutcome } = this.#parts;
    const body = JSON.stringify({ value: batch });
    for (const delayMs of [0, ...rules.retryDelaysMs]) {
      try {
        if (delayMs > 0) await sleep(delayMs, undefined, { signal });
        const status = await this.#post(body);
        if (status < 300) return onOutcome('delivered', batch.length);
        if (status < 500 && status !== 429) break; // a refusal, which no retry changes
      } catch {
        if (signal.aborted) return undefined;
      }
    }
    return onOutcome('lost', batch.length);
  }

  async #post(body: string): Promise<number> {
    const { url, rules, signal } = this.#parts;
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(rules.timeoutMs)]),
    });
    await reply.arrayBuffer();
    return reply.status;
  }
}
