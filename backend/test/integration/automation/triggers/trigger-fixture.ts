import type { MessageDraft } from '../../../../emulator/mailbox/message.ts';
import { signIn } from '../../../../emulator/testing/app-client.ts';
import { automate } from '../../../../src/automation/automate.ts';
import { evaluatePending } from '../../../../src/automation/evaluate-pending.ts';
import { runMaintenance } from '../../../../src/automation/maintenance.ts';
import { continueRuns } from '../../../../src/automation/runs/run-rules.ts';
import { createGraphClient, type GraphClient } from '../../../../src/graph/client.ts';
import { createGraphClock } from '../../../../src/graph/graph-clock.ts';
import { createMailboxLimiters } from '../../../../src/graph/limiter.ts';
import { dayMs, hourMs } from '../../../../src/lib/durations.ts';
import { AuditLog, type IRule, Mailbox } from '../../../../src/models/index.ts';
import { buildRule } from '../../../factories/rule.ts';
import { skippingTime } from '../../../harness/skipping-time.ts';
import { SyncFixture } from '../../observation/delta-sync/sync-fixture.ts';

const scope = 'openid profile offline_access User.Read Mail.ReadWrite';
const stagingMs = dayMs;
export const sender = 'news@shop.example';

/** A mailbox whose rules act at other moments than arrival, and the jobs that serve it. */
export class TriggerFixture implements AsyncDisposable {
  readonly sync: SyncFixture;
  readonly #client: GraphClient;

  static async start(): Promise<TriggerFixture> {
    const sync = await SyncFixture.start(['Reading', 'Later']);
    await sync.sync();
    const { accessToken } = await signIn(sync.emulator, sync.person.email, scope);
    const client = createGraphClient({
      graphClock: createGraphClock({ ours: sync.clock }),
      baseUrl: sync.emulator.graphUrl,
      limiter: createMailboxLimiters(skippingTime()).of(sync.person.email),
      getToken: async () => accessToken,
    });
    return new TriggerFixture(sync, client);
  }

  private constructor(sync: SyncFixture, client: GraphClient) {
    this.sync = sync;
    this.#client = client;
  }

  get does() {
    return this.sync.person.does;
  }

  /** A rule on mail of the sender that moves it to Reading, unless the fields say otherwise. */
  rule(fields: Partial<IRule>) {
    const { userId, mailboxId } = this.sync;
    const actions: IRule['actions'] = [{ actionType: 'move', toFolder: this.sync.folderId('Reading'), order: 0 }];
    return buildRule({ userId, mailboxId, conditions: { senderEmail: sender }, actions, ...fields });
  }

  /** A message that nothing has seen yet. @returns its id */
  deliver(draft: Partial<MessageDraft> = {}): string {
    return this.does.deliver({ from: sender, ...draft }).id;
  }

  /** What a synchronization does: it observes, and applies rules. */
  async look(): Promise<void> {
    await this.sync.sync();
    await automate(this.deps, { mailboxId: this.mailboxId, signal: new AbortController().signal });
  }

  /** What the maintenance of the mailbox does. */
  maintain() {
    const deps = {
      ...this.deps,
      evaluate: (lease: Parameters<typeof evaluatePending>[0]) => evaluatePending(lease, { stagingMs }),
      continueRuns: (lease: Parameters<typeof continueRuns>[0]) => continueRuns(lease, { stagingMs }),
    };
    return runMaintenance(deps, { mailboxId: this.mailboxId, signal: new AbortController().signal });
  }

  get deps() {
    return { graphOf: () => this.#client, clock: this.sync.clock, stagingMs };
  }

  get mailboxId(): string {
    return this.sync.mailboxId.toHexString();
  }

  /** Lets hours pass, for Graph as well. */
  pass(hours: number): void {
    this.sync.skewMs += hours * hourMs;
  }

  async pause(isPaused: boolean): Promise<void> {
    await Mailbox.updateOne({ _id: this.sync.mailboxId }, { $set: { 'settings.automationPaused': isPaused } });
  }

  /** The name of the folder that a message lies in. */
  folderOf(id: string): string {
    return this.sync.person.mailbox.folders.get(this.sync.person.mailbox.get(id).folderId).displayName;
  }

  /** The actions on a message with their results, the oldest first. */
  async acts(id: string): Promise<string[]> {
    const rows = await AuditLog.find({ targetType: 'email', targetId: id }).sort({ createdAt: 1, _id: 1 }).lean();
    return rows.map(({ action, details }) => {
      const result: unknown = details?.['result'];
      return `${action} ${typeof result === 'string' ? result : 'open'}`;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sync[Symbol.asyncDispose]();
  }
}
