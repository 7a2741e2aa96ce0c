import type { Types } from 'mongoose';
import { startReceiver, type Receiver } from '../../../../emulator/testing/receiver.ts';
import { createGraphClient, type GraphClient } from '../../../../src/graph/client.ts';
import { createGraphClock } from '../../../../src/graph/graph-clock.ts';
import { createMailboxLimiters } from '../../../../src/graph/limiter.ts';
import { buildIndexes, Mailbox, models, WebhookSubscription } from '../../../../src/models/index.ts';
import {
  type RenewalDeps,
  renewMailboxSubscription,
} from '../../../../src/observation/subscriptions/subscription-renewal.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';
import { skippingTime } from '../../../harness/skipping-time.ts';
import { startEntra, type TestEntra } from '../../auth/entra.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';

/** A mailbox at a Microsoft 365, and what looks after its subscription there. */
export class SubscriptionFixture implements AsyncDisposable {
  readonly entra: TestEntra;
  readonly receiver: Receiver;
  readonly publicUrl: string;
  /** The mailboxes that a synchronization was asked for. */
  readonly synced: string[] = [];
  readonly graphOf: (mailboxId: string) => GraphClient;
  readonly #database: TestDatabase;
  #aheadMs = 0;
  #graphClock = createGraphClock({ ours: () => this.now() });

  static async start(): Promise<SubscriptionFixture> {
    const [database, entra, receiver] = await Promise.all([connectTestDatabase(), startEntra(), startReceiver()]);
    await buildIndexes(models, recordIndexLog());
    return new SubscriptionFixture(database, entra, receiver);
  }

  private constructor(database: TestDatabase, entra: TestEntra, receiver: Receiver) {
    this.#database = database;
    this.entra = entra;
    this.receiver = receiver;
    this.publicUrl = new URL(receiver.url).origin;
    const tokens = entra.process();
    const limiters = createMailboxLimiters(skippingTime());
    this.graphOf = (mailboxId) =>
      createGraphClient({
        graphClock: this.#graphClock,
        baseUrl: entra.emulator.graphUrl,
        limiter: limiters.of(mailboxId),
        getToken: (options) => tokens.getToken(mailboxId, options),
      });
  }

  readonly now = (): number => Date.now() + this.#aheadMs;

  /** Lets time pass, for Graph as well. */
  pass(ms: number): void {
    this.#aheadMs += ms;
    this.entra.emulator.clock.advance(ms);
  }

  /** Starts the service with a clock that is wrong; Graph's stays. */
  misset(byMs: number): void {
    this.#aheadMs += byMs;
    this.#graphClock = createGraphClock({ ours: this.now });
  }

  deps(more: Partial<RenewalDeps> = {}): RenewalDeps {
    return {
      publicUrl: this.publicUrl,
      graphOf: this.graphOf,
      clock: this.now,
      requestSync: async (mailboxId) => {
        this.synced.push(mailboxId);
      },
      ...more,
    };
  }

  /** A connected mailbox, and the looks after its subscription. */
  async mailbox() {
    const { email, mailboxId, userId } = await this.entra.connected();
    const id = String(mailboxId);
    const { emulator } = this.entra;
    const signal = new AbortController().signal;
    return {
      id,
      email,
      mailboxId,
      userId,
      renew: (more: Partial<RenewalDeps> = {}, isLastTry = false) =>
        renewMailboxSubscription(this.deps(more), { mailboxId: id, signal, isLastTry }),
      row: () => WebhookSubscription.findOne({ userId, mailboxId }).lean(),
      read: () => Mailbox.findById(mailboxId).lean().orFail(),
      atGraph: () => emulator.subscriptions.all(emulator.people.get(email)),
      timesSynced: () => this.synced.filter((each) => each === id).length,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.entra[Symbol.asyncDispose]();
    await this.receiver.close();
    await this.#database.drop();
  }
}

export type SubscriptionMailbox = Awaited<ReturnType<SubscriptionFixture['mailbox']>> & {
  readonly mailboxId: Types.ObjectId;
};
