import type { Clock } from '../../lib/clock.ts';
import { WebhookSubscription } from '../../models/index.ts';
import { minuteMs, secondMs } from '../../lib/durations.ts';
import { isIn } from '../../models/store/query-operators.ts';

/** The part of a subscription that intake needs. */
export interface KnownSubscription {
  readonly subscriptionId: string;
  readonly userId: string;
  readonly mailboxId: string;
  readonly clientState: string;
}

interface Remembered {
  readonly subscription: KnownSubscription | undefined;
  readonly until: number;
}

const foundForMs = minuteMs;
const missingForMs = 5 * secondMs;
const maxRemembered = 10_000;
/** Intake gives up after 1.5 s, so a later answer of the store would be useless. */
const queryLimitMs = 1_500;

/**
 * Caches subscriptions by id for a minute. Ids that do not exist are cached apart, for 5 s, and the store gets one
 * query at a time: made-up ids can neither displace what is cached nor keep the store busy.
 */
export class KnownSubscriptions {
  readonly #clock: Clock;
  readonly #found = new Map<string, Remembered>();
  readonly #missing = new Map<string, Remembered>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the existing subscriptions among the ids. @throws what the store throws */
  async named(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, KnownSubscription>> {
    const known = new Map<string, KnownSubscription>();
    const open = this.#lookUp(ids, known);
    if (open.length > 0) {
      const turn = this.#turn.then(() => this.#load(open, known));
      this.#turn = turn.catch(() => undefined);
      await turn;
    }
    return known;
  }

  /** Copies cached subscriptions into `known`. @returns the ids that are not cached */
  #lookUp(ids: Iterable<string>, known: Map<string, KnownSubscription>): string[] {
    const now = this.#clock();
    const open: string[] = [];
    for (const id of ids) {
      const remembered = this.#found.get(id) ?? this.#missing.get(id);
      if (remembered === undefined || remembered.until <= now) open.push(id);
      else if (remembered.subscription !== undefined) known.set(id, remembered.subscription);
    }
    return open;
  }

  async #load(ids: readonly string[], known: Map<string, KnownSubscription>): Promise<void> {
    const open = this.#lookUp(ids, known); // the previous query may have asked for the same ids
    if (open.length === 0) return;
    const rows = await WebhookSubscription.find(
      { subscriptionId: isIn(open) },
      'subscriptionId userId mailboxId clientState',
    )
      .maxTimeMS(queryLimitMs)
      .lean();
    for (const { subscriptionId, userId, mailboxId, clientState } of rows) {
      const owner = { userId: userId.toString(), mailboxId: mailboxId.toString() };
      known.set(subscriptionId, { subscriptionId, ...owner, clientState });
    }
    for (const id of open) this.#remember(id, known.get(id));
  }

  #remember(id: string, subscription: KnownSubscription | undefined): void {
    this.#found.delete(id);
    this.#missing.delete(id);
    const [memory, forMs] = subscription === undefined ? [this.#missing, missingForMs] : [this.#found, foundForMs];
    memory.set(id, { subscription, until: this.#clock() + forMs });
    for (const oldest of memory.keys()) {
      if (memory.size <= maxRemembered) break;
      memory.delete(oldest);
    }
  }
}
