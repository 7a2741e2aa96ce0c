import type { Clock } from '../lib/clock.ts';
import { toError } from '../lib/errors.ts';
import { throttlingWaits } from '../lib/metrics.ts';
import { ThrottledError } from './errors.ts';

/** Waits; rejects at once when `signal` is aborted. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<unknown>;

/** Graph allows an application four concurrent requests per mailbox; one is left to other processes of ours. */
const placesPerMailbox = 3;

export interface Admission {
  readonly signal: AbortSignal;
  /** Longer pauses are not waited for. */
  readonly waitUntilMs: number;
  /** Number of places of the mailbox that the work takes; 1 when left out. */
  readonly places?: number;
}

interface Waiter {
  readonly places: number;
  readonly waitUntilMs: number;
  readonly admit: () => void;
  readonly refuse: (error: Error) => void;
}

/** Admits work in the order of arrival while there are free places and no pause. */
export class MailboxGate {
  readonly #now: Clock;
  readonly #wait: Wait;
  #freePlaces = placesPerMailbox;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  readonly #waiters = new Set<Waiter>();
  /** Cancels the timer for the end of the pause; set only while work is waiting. */
  #alarm: AbortController | undefined;

  constructor(now: Clock, wait: Wait) {
    this.#now = now;
    this.#wait = wait;
  }

  async run<T>(work: () => Promise<T>, admission: Admission): Promise<T> {
    const places = Math.min(admission.places ?? 1, placesPerMailbox);
    await this.#enter(places, admission);
    try {
      return await work();
    } finally {
      this.#freePlaces += places;
      this.#advance();
    }
  }

  /** Extends a pause, but never shortens it. */
  pauseFor(ms: number): void {
    const longerMs = ms - Math.max(0, this.#pauseLeftMs());
    if (longerMs > 0) {
      this.#pausedUntilMs = this.#now() + ms;
      throttlingWaits.observe(longerMs / 1000);
    }
    this.#advance();
  }

  isIdle(): boolean {
    return this.#freePlaces === placesPerMailbox && this.#waiters.size === 0 && this.#pauseLeftMs() <= 0;
  }

  #enter(places: number, { signal, waitUntilMs }: Admission): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener('abort', onAbort);
        this.#waiters.delete(waiter);
      };
      const onAbort = (): void => {
        waiter.refuse(toError(signal.reason));
        this.#advance();
      };
      const waiter: Waiter = {
        places,
        waitUntilMs,
        admit: () => {
          leave();
          resolve();
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(waiter);
      this.#advance();
    });
  }

  #advance(): void {
    const pauseLeftMs = this.#pauseLeftMs();
    for (const waiter of this.#waiters) {
      if (pauseLeftMs > 0) {
        if (waiter.waitUntilMs < this.#pausedUntilMs) waiter.refuse(tooLong(pauseLeftMs));
      } else {
        if (waiter.places > this.#freePlaces) break;
        this.#freePlaces -= waiter.places;
        waiter.admit();
      }
    }
    if (pauseLeftMs > 0) this.#setAlarm(pauseLeftMs);
  }

  #setAlarm(ms: number): void {
    if (this.#waiters.size === 0) this.#alarm?.abort();
    if (this.#waiters.size === 0 || this.#alarm !== undefined) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    const end = (): void => {
      if (this.#alarm === alarm) this.#alarm = undefined;
      this.#advance();
    };
    this.#wait(ms, alarm.signal).then(end, end);
  }

  #pauseLeftMs(): number {
    return this.#pausedUntilMs - this.#now();
  }
}

function tooLong(pauseLeftMs: number): ThrottledError {
  return new ThrottledError({
    code: 'mailbox_paused',
    message: 'Graph asks for a pause of the mailbox that is longer than the request may wait',
    retryAfterMs: Math.ceil(pauseLeftMs),
  });
}
