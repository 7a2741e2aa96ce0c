import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';
import { type Admission, MailboxGate, type Wait } from './mailbox-gate.ts';
import { minuteMs } from '../lib/durations.ts';

/** Limits the requests of one mailbox; shared by everything that uses that mailbox. */
export interface MailboxLimiter {
  /**
   * Runs `work` when it is its turn and the mailbox is not paused.
   * @throws ThrottledError, without running it, when the pause ends after `waitUntilMs`
   */
  run<T>(work: () => Promise<T>, admission: Admission): Promise<T>;
  /** Pauses all requests of the mailbox for `ms`. */
  pauseFor(ms: number): void;
  /** The clock of `waitUntilMs`. */
  readonly now: Clock;
  readonly wait: Wait;
}

interface MailboxLimiters {
  /** Returns the limiter of a mailbox. It may be kept, or requested again. */
  of(mailboxId: string): MailboxLimiter;
  /** Number of mailboxes that are in use or paused. */
  readonly size: number;
}

const sweepEveryMs = minuteMs;

/**
 * Creates the limiters of all mailboxes. State is held for a mailbox only while requests wait or run, or it is paused.
 * @param options.now a monotonic clock in milliseconds; by default the time since the start of the process
 */
export function createMailboxLimiters(options: { readonly now?: Clock; readonly wait?: Wait } = {}): MailboxLimiters {
  const { now = () => performance.now(), wait = (ms, signal) => delay(ms, undefined, { signal }) } = options;
  const gates = new Map<string, MailboxGate>();
  let sweptAtMs = now();

  const removeIfIdle = (mailboxId: string, gate: MailboxGate): void => {
    if (gate.isIdle() && gates.get(mailboxId) === gate) gates.delete(mailboxId);
  };
  const sweep = (): void => {
    if (now() - sweptAtMs < sweepEveryMs) return;
    sweptAtMs = now();
    for (const [mailboxId, gate] of gates) removeIfIdle(mailboxId, gate);
  };
  const gateOf = (mailboxId: string): MailboxGate => {
    const known = gates.get(mailboxId);
    if (known !== undefined) return known;
    sweep(); // nothing else removes a gate whose pause has ended
    const gate = new MailboxGate(now, wait);
    gates.set(mailboxId, gate);
    return gate;
  };

  return {
    of: (mailboxId) => ({
      run: async (work, admission) => {
        const gate = gateOf(mailboxId);
        try {
          return await gate.run(work, admission);
        } finally {
          removeIfIdle(mailboxId, gate);
        }
      },
      pauseFor: (ms) => gateOf(mailboxId).pauseFor(ms),
      now,
      wait,
    }),
    get size() {
      return gates.size;
    },
  };
}
