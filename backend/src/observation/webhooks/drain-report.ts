import type { ApplyReport } from '../changes/apply.ts';
import type { NotifiedMessage } from './notified-messages.ts';

export interface DrainReport {
  /** `unfinished`: more is waiting. */
  readonly outcome: 'drained' | 'unfinished' | 'throttled' | 'not_connected' | 'not_synchronized_yet';
  readonly looked: number;
  readonly events: number;
  readonly changed: number;
  /** Messages that Graph will not show: left to synchronization. */
  readonly unreadable: number;
  /** From the notification until its event is in the log; missing when there was nothing to look at. */
  readonly lagMs?: { readonly min: number; readonly max: number };
  /** When throttled: how long Graph wants the mailbox left alone. */
  readonly retryAfterMs?: number;
}

/** Adds up what a drain has done. */
export class Tally {
  unreadable = 0;
  /** When the newest of the messages looked at was told of. */
  newestAt: number | undefined;
  #looked = 0;
  #events = 0;
  #changed = 0;
  #lagMs: { min: number; max: number } | undefined;

  applied({ events, changed }: Pick<ApplyReport, 'events' | 'changed'>): void {
    this.#events += events;
    this.#changed += changed;
  }

  looked(messages: readonly NotifiedMessage[], now: number): void {
    this.#looked += messages.length;
    this.newestAt = Math.max(this.newestAt ?? 0, ...messages.map(({ notifiedAt }) => notifiedAt));
    const lags = messages.map(({ notifiedAt }) => Math.max(0, now - notifiedAt));
    this.#lagMs = {
      min: Math.min(this.#lagMs?.min ?? Number.POSITIVE_INFINITY, ...lags),
      max: Math.max(this.#lagMs?.max ?? 0, ...lags),
    };
  }

  report(outcome: DrainReport['outcome'], retryAfterMs?: number): DrainReport {
    return {
      outcome,
      looked: this.#looked,
      events: this.#events,
      changed: this.#changed,
      unreadable: this.unreadable,
      ...(this.#lagMs === undefined ? {} : { lagMs: this.#lagMs }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
}
