import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';
import { type Admission, MailboxGate, type Wait } from './mailbox-gate.ts';
import { minuteMs } from '../lib/durations.ts';

/** The way to Graph for one mailbox, shared by all who use that mailbox. */
export interface MailboxLimiter {
  /**
   * Runs `work` when it is its turn and Graph does not want the mailbox left alone.
   * @throws ThrottledError, without running it, when Graph's pause ends after `waitUntilMs`
   */
  run<T>(work: () => Promise<T>, admission: Admission): Promise<T>;
  /** Lets nobody in for `ms`: what Graph asked one of us for holds for all. */
  pauseFor(ms: number): void;
  /** The clock of `waitUntilMs`. */
  readonly now: Clock;
  readonly wait: Wait;
}

interface MailboxLimiters {
  /** The limiter of a mailbox; it may be kept, and asked for again. */
  of(mailboxId: string): MailboxLimiter;
  /** How many mailboxes are in use or paused right now. */
  readonly size: number;
}

const sweepEveryMs = minuteMs;

/**
 * One limiter for each mailbox. It holds state for a mailbox only while requests wait or run, or a pause lasts.
 * @param options.now a clock that never goes back; by default the time since the start of the process
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
    sweep(); // a pause ends without anybody there to notice
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
