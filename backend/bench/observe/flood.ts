import { Queue } from 'bullmq';
import { caughtUp, type CatchUpParts, until } from './catch-up.ts';
import type { Scenario, UnseenName } from './scenario.ts';
import { emailOf, floodedMailbox, type FloodedMailbox } from './flooded-mailbox.ts';
import { groupBy } from '../../src/lib/group-by.ts';
import { runScenarios } from './pace.ts';
import type { FloodPlan } from './plan.ts';
import { RequestMeter } from './request-meter.ts';
import type { FloodEnvironment } from './flood-environment.ts';

/** The queues whose jobs observe messages. */
const observingQueues = ['webhook-events', 'delta-sync'] as const;
const askEveryMs = 2_000;

interface Phase {
  readonly changes: number;
  /** Rate of changes in all mailboxes together. */
  readonly perSecond: number;
  /** Called when half of the changes are made. */
  readonly midway?: () => Promise<void> | void;
  /** Called when all changes are made. */
  readonly after?: () => Promise<void> | void;
}

/** The cost of a phase. */
export interface Effort {
  readonly changes: number;
  /** Seconds until the changes were made. */
  readonly makingSeconds: number;
  /** Seconds from then on until the stored states equaled the mailboxes. */
  readonly catchingUpSeconds: number;
  readonly requests: number;
}

/** Mailboxes whose owners make changes in phases; a phase ends when the stored states equal the mailboxes. */
export class Flood implements AsyncDisposable {
  readonly mailboxes: FloodedMailbox[] = [];
  readonly meter: RequestMeter;
  /** Number of unseen scenarios, by name. */
  readonly unseen = new Map<UnseenName, number>();
  readonly #plan: FloodPlan;
  readonly #environment: FloodEnvironment;
  readonly #queues: readonly Queue[];
  readonly #renewals: Queue;
  #truthRead = 0;

  constructor(plan: FloodPlan, environment: FloodEnvironment) {
    this.#plan = plan;
    this.#environment = environment;
    const open = (name: string): Queue => new Queue(name, { connection: environment.redis });
    this.#queues = observingQueues.map(open);
    this.#renewals = open('webhook-renewal');
    const emails = Array.from({ length: plan.mailboxes }, (_, index) => emailOf(index));
    this.meter = new RequestMeter(environment.microsoft, emails);
  }

  /** Connects all mailboxes, and waits for the first synchronization and the subscriptions. */
  async connect(): Promise<void> {
    const { microsoft, say } = this.#environment;
    for (let index = 0; index < this.#plan.mailboxes; index += 1) {
      this.mailboxes.push(
        await floodedMailbox(index, this.#plan, { environment: this.#environment, renewals: this.#renewals }),
      );
    }
    this.#truthRead = microsoft.truth.entries().at(-1)?.sequence ?? 0;
    say(`${this.mailboxes.length} mailboxes connected`);
    const found = this.mailboxes.map(({ watched, phases }) => [watched, idsIn(phases[0] ?? [])] as const);
    await caughtUp(this.#catchUp, new Map(found));
    for (const mailbox of this.mailboxes) {
      await this.subscribe(mailbox);
    }
  }

  /** Makes a phase of changes and waits until the service has caught up. @throws when it makes no progress */
  async phase({ changes, perSecond, midway, after }: Phase): Promise<Effort> {
    const { meter } = this;
    const [requestsBefore, startedAt] = [meter.total(), performance.now()];
    const phase = this.mailboxes[0]?.phases.length ?? 0;
    const plans = this.mailboxes.map(({ owner }) => owner.plan({ changes, phase }));
    for (const { unseen } of plans.flat()) {
      if (unseen !== undefined) this.unseen.set(unseen, (this.unseen.get(unseen) ?? 0) + 1);
    }
    const half = Math.ceil(changes / 2);
    await this.#run(
      plans.map((scenarios) => scenarios.slice(0, half)),
      perSecond,
    );
    await midway?.();
    await this.#run(
      plans.map((scenarios) => scenarios.slice(half)),
      perSecond,
    );
    const madeAt = performance.now();
    await after?.();
    const changed = this.#readTruth();
    const agreedAt = await caughtUp(this.#catchUp, changed);
    return {
      changes: this.mailboxes.reduce((sum, { phases }) => sum + (phases[phase]?.length ?? 0), 0),
      makingSeconds: (madeAt - startedAt) / 1_000,
      catchingUpSeconds: (agreedAt - madeAt) / 1_000,
      requests: meter.total() - requestsBefore,
    };
  }

  /** Waits until the service has a subscription for this mailbox. */
  async subscribe({ watched }: FloodedMailbox): Promise<void> {
    await watched.askForSubscription();
    await until(this.#catchUp, () => Promise.resolve(watched.isSubscribed));
  }

  /** Waits until the service has noticed that it lost its grant, and has the owner sign in again. */
  async reconnect(mailbox: FloodedMailbox): Promise<void> {
    const { watched } = mailbox;
    let askedAt = 0;
    await until(this.#catchUp, async () => {
      if (Date.now() - askedAt > askEveryMs) {
        await watched.askForSync();
        askedAt = Date.now();
      }
      return !(await watched.row()).isConnected;
    });
    await watched.signInAgain();
    await this.subscribe(mailbox);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.meter[Symbol.dispose]();
    await Promise.all([...this.#queues, this.#renewals].map((queue) => queue.close()));
  }

  get #catchUp(): CatchUpParts {
    const { microsoft, backend, say } = this.#environment;
    return { microsoft, backend, say, queues: this.#queues, stallLimitMs: this.#plan.stallLimitMs };
  }

  async #run(scenarios: readonly (readonly Scenario[])[], perSecond: number): Promise<void> {
    const each = perSecond / this.mailboxes.length;
    await Promise.all(scenarios.map((ofOwner) => runScenarios(ofOwner, each)));
  }

  /** Stores the changes since the last phase. @returns the changed messages */
  #readTruth(): Map<FloodedMailbox['watched'], readonly string[]> {
    const entries = this.#environment.microsoft.truth.entries({ after: this.#truthRead });
    this.#truthRead = entries.at(-1)?.sequence ?? this.#truthRead;
    const onMessages = entries.filter(({ kind }) => !kind.startsWith('folder-'));
    const byMailbox = groupBy(onMessages, ({ mailbox }) => mailbox);
    const changed = new Map<FloodedMailbox['watched'], readonly string[]>();
    for (const { watched, phases } of this.mailboxes) {
      const own = byMailbox.get(watched.person.email) ?? [];
      phases.push(own);
      changed.set(watched, idsIn(own));
    }
    return changed;
  }
}

function idsIn(entries: FloodedMailbox['phases'][number]): string[] {
  return [...new Set(entries.filter(({ kind }) => !kind.startsWith('folder-')).map(({ item }) => item))];
}
