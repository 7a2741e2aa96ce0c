import type { Types } from 'mongoose';
import { type Emulator, startEmulator } from '../../../../emulator/emulator.ts';
import type { Person } from '../../../../emulator/people.ts';
import { signIn } from '../../../../emulator/testing/app-client.ts';
import { createGraphClient, type GraphClient } from '../../../../src/graph/client.ts';
import { createGraphClock } from '../../../../src/graph/graph-clock.ts';
import { createMailboxLimiters } from '../../../../src/graph/limiter.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { createLogger } from '../../../../src/lib/logger.ts';
import { EmailEvent, type IMailbox, Mailbox, MessageState } from '../../../../src/models/index.ts';
import { type SyncDeps, type SyncReport, syncMailbox } from '../../../../src/observation/delta-sync/sync-mailbox.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import { skippingTime } from '../../../harness/skipping-time.ts';

const tokenMs = 10 * dayMs;
const scope = 'openid profile offline_access User.Read Mail.ReadBasic';
const silent = createLogger({ level: 'error', style: 'readable' });
let people = 0;

interface SyncOptions extends Partial<SyncDeps> {
  readonly budgetMs?: number;
  readonly signal?: AbortSignal;
}

/** What happened to a message, in words: who did what from where to where, how often. */
export interface LedgerLine {
  readonly subject: string;
  readonly type: string;
  readonly from?: string;
  readonly to?: string;
  readonly occurrences: number;
}

/** One connected mailbox at a Microsoft 365 of its own, and the synchronization of it. */
export class SyncFixture implements AsyncDisposable {
  readonly emulator: Emulator;
  readonly person: Person;
  readonly mailboxId: Types.ObjectId;
  readonly userId: Types.ObjectId;
  readonly client: GraphClient;
  readonly #time: { skewMs: number };
  pageSize = 200;

  /** @param folders of the person, beside the built-in ones */
  static async start(folders: readonly string[] = [], emulator?: Emulator, known?: Person): Promise<SyncFixture> {
    // its clock is moved by hours
    const microsoft = emulator ?? (await startEmulator({ lifetimes: { accessTokenMs: tokenMs } }));
    people += 1;
    const person = known ?? microsoft.people.add({ email: `person${people}@contoso.example`, folders });
    const { email } = person;
    const { accessToken } = await signIn(microsoft, email, scope);
    const time = { skewMs: 0 };
    const client = createGraphClient({
      graphClock: createGraphClock({ ours: () => Date.now() + time.skewMs }),
      baseUrl: microsoft.graphUrl,
      limiter: createMailboxLimiters(skippingTime()).of(email),
      getToken: async () => accessToken,
    });
    const { _id, userId } = await buildMailbox({ email, connectedAt: new Date() });
    return new SyncFixture({ emulator: microsoft, person, client, mailboxId: _id, userId }, time);
  }

  private constructor(
    parts: Pick<SyncFixture, 'emulator' | 'person' | 'client' | 'mailboxId' | 'userId'>,
    time: { skewMs: number },
  ) {
    this.#time = time;
    this.emulator = parts.emulator;
    this.person = parts.person;
    this.client = parts.client;
    this.mailboxId = parts.mailboxId;
    this.userId = parts.userId;
  }

  readonly clock = (): number => Date.now() + this.#time.skewMs;

  /** How far the service's clock is ahead of the machine's, in milliseconds. */
  get skewMs(): number {
    return this.#time.skewMs;
  }

  /** Lets time pass, for Graph as well. */
  set skewMs(ms: number) {
    this.emulator.clock.advance(ms - this.#time.skewMs);
    this.#time.skewMs = ms;
  }

  /** Sets the service's clock wrong; Graph's stays. */
  misset(byMs: number): void {
    this.#time.skewMs += byMs;
  }

  /** One job's worth of synchronization. */
  syncOnce({ budgetMs = 60_000, signal = new AbortController().signal, ...deps }: SyncOptions = {}) {
    return syncMailbox(
      {
        graphOf: () => this.client,
        clock: this.clock,
        logger: silent,
        sinceDays: 30,
        pageSize: this.pageSize,
        ...deps,
      },
      this.mailboxId.toHexString(),
      { signal, budgetMs },
    );
  }

  /** Job after job until the cycle is over. @returns what each reported */
  async sync(options: SyncOptions = {}): Promise<SyncReport[]> {
    const reports: SyncReport[] = [];
    for (;;) {
      const report = await this.syncOnce(options);
      reports.push(report);
      if (report.outcome !== 'unfinished') return reports;
    }
  }

  row() {
    return Mailbox.findById(this.mailboxId).lean<IMailbox>().orFail();
  }

  /** By any name. */
  folderId(name: string): string {
    return this.person.mailbox.folders.idByAnyName(name);
  }

  /** Everything that was recorded, in an order that does not depend on time. */
  async ledger(): Promise<LedgerLine[]> {
    const events = await EmailEvent.find({ mailboxId: this.mailboxId }).lean();
    const lines = events.map(({ subject = '', eventType, fromFolder, toFolder, occurrences }) => ({
      subject,
      type: eventType,
      ...(fromFolder === undefined ? {} : { from: this.#nameOf(fromFolder) }),
      ...(toFolder === undefined ? {} : { to: this.#nameOf(toFolder) }),
      occurrences,
    }));
    return lines.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  }

  /** Where each message is believed to rest, by message id; null when it is gone. */
  async places(): Promise<Record<string, string | null>> {
    const states = await MessageState.find({ mailboxId: this.mailboxId }, 'messageId folderId').lean();
    return Object.fromEntries(
      states.map(({ messageId, folderId }) => [messageId, folderId === undefined ? null : this.#nameOf(folderId)]),
    );
  }

  #nameOf(folderId: string): string {
    return this.person.mailbox.folders.find(folderId)?.displayName ?? 'a folder that is gone';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.emulator.close();
  }
}

function keyOf({ subject, type }: LedgerLine): string {
  return `${subject} ${type}`;
}
