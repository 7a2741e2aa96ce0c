import type { EmulatorClock } from '../clock.ts';
import { GraphFailure } from '../errors.ts';
import type { IdMint } from '../ids.ts';
import type { Person } from '../people.ts';

export type ChangeType = 'created' | 'updated' | 'deleted';

export interface Subscription {
  readonly id: string;
  readonly person: Person;
  /** As it was asked for. */
  readonly resource: string;
  /** Folder id or well-known name; undefined: the whole mailbox. */
  readonly folder: string | undefined;
  readonly changeTypes: ReadonlySet<ChangeType>;
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string | undefined;
  readonly clientState: string | undefined;
  readonly immutableIds: boolean;
  expiresAtMs: number;
}

/** The subscriptions of everyone. One that has expired is gone. */
export class Subscriptions {
  /** Longest time to live, in minutes; what asks for more is answered 400. */
  maxMinutes: number;
  /** What asks for more gets so many, without a word. */
  grantedMinutes = Number.POSITIVE_INFINITY;
  readonly #clock: EmulatorClock;
  readonly #ids: IdMint;
  readonly #byId = new Map<string, Subscription>();
  readonly #byOwner = new Map<string, Set<Subscription>>();

  constructor(clock: EmulatorClock, ids: IdMint, maxMinutes: number) {
    this.#clock = clock;
    this.#ids = ids;
    this.maxMinutes = maxMinutes;
  }

  add(fields: Omit<Subscription, 'id'>): Subscription {
    const subscription: Subscription = { ...fields, id: this.#ids.guid() };
    this.#byId.set(subscription.id, subscription);
    const owned = this.#byOwner.get(fields.person.oid) ?? new Set();
    this.#byOwner.set(fields.person.oid, owned.add(subscription));
    return subscription;
  }

  /** @throws 404 when it does not exist, has expired, or is another person's */
  get(id: string, person?: Person): Subscription {
    const subscription = this.#byId.get(id);
    if (subscription !== undefined && this.#hasExpired(subscription)) this.end(id);
    if (subscription === undefined || !this.#byId.has(id) || (person !== undefined && subscription.person !== person)) {
      throw new GraphFailure(404, 'ResourceNotFound', 'The object was not found.');
    }
    return subscription;
  }

  /** @param person otherwise of everyone */
  all(person?: Person): Subscription[] {
    const candidates = person === undefined ? this.#byId.values() : (this.#byOwner.get(person.oid) ?? []);
    return [...candidates].filter((subscription) => {
      if (!this.#hasExpired(subscription)) return true;
      this.end(subscription.id);
      return false;
    });
  }

  /** Takes it away without a word to anybody. */
  end(id: string): void {
    const subscription = this.#byId.get(id);
    if (subscription === undefined) return;
    this.#byId.delete(id);
    this.#byOwner.get(subscription.person.oid)?.delete(subscription);
  }

  /** A time to live as asked. @returns epoch milliseconds. @throws 400 when past, malformed, or beyond the limit */
  expiryFor(dateTime: string): number {
    const expiresAtMs = Date.parse(dateTime);
    const nowMs = this.#clock.now();
    if (Number.isNaN(expiresAtMs)) throw new GraphFailure(400, 'InvalidRequest', 'expirationDateTime is not a time.');
    if (expiresAtMs <= nowMs)
      throw new GraphFailure(400, 'InvalidRequest', 'Subscription expiration can only be in the future.');
    if (expiresAtMs - nowMs > this.maxMinutes * 60_000) {
      const message = `Subscription expiration can only be ${this.maxMinutes} minutes in the future.`;
      throw new GraphFailure(400, 'InvalidRequest', message);
    }
    return Math.min(expiresAtMs, nowMs + this.grantedMinutes * 60_000);
  }

  #hasExpired({ expiresAtMs }: Subscription): boolean {
    return expiresAtMs <= this.#clock.now();
  }
}
