import type { Types } from 'mongoose';
import type { Emulator } from '../../../../emulator/emulator.ts';
import type { Person } from '../../../../emulator/people.ts';
import type { MessageDraft } from '../../../../emulator/mailbox/message.ts';
import { signIn } from '../../../../emulator/testing/app-client.ts';
import { automate } from '../../../../src/automation/automate.ts';
import { runMaintenance } from '../../../../src/automation/maintenance.ts';
import { handBackStaged } from '../../../../src/automation/staging/hand-back.ts';
import { handleStagingRequest } from '../../../../src/automation/staging/handle-request.ts';
import type { StagingRequest, StagingResult } from '../../../../src/automation/staging/staging-request.ts';
import { undoAct } from '../../../../src/automation/undo/undo.ts';
import { createGraphClient, type GraphClient } from '../../../../src/graph/client.ts';
import { createMailboxLimiters } from '../../../../src/graph/limiter.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { AuditLog, type IAuditLog, type IRule, Mailbox, Rule, StagedEmail } from '../../../../src/models/index.ts';
import { buildRule } from '../../../factories/rule.ts';
import { skippingTime } from '../../../harness/skipping-time.ts';
import { SyncFixture } from '../../observation/delta-sync/sync-fixture.ts';

const scope = 'openid profile offline_access User.Read Mail.ReadWrite';
/** Later than all that was staged becomes due. */
export const laterMs = dayMs + 60_000;
const spam = 'spam@shop.example';

interface Draft extends Partial<MessageDraft> {
  readonly flagStatus?: 'flagged' | 'complete';
}
const nothing = async () => ({ more: false });

type StoredAct = IAuditLog & { readonly _id: Types.ObjectId };

/** A mailbox with a rule that deletes, and all that acts on what it has staged. */
export class StagingFixture {
  readonly sync: SyncFixture;
  readonly rule: IRule & { readonly _id: Types.ObjectId };
  readonly client: GraphClient;
  /** How far the service's clock is ahead of the machine's, in milliseconds. */
  skewMs = 0;

  /** @param actions of the rule */
  static async start(emulator: Emulator, actions: IRule['actions'] = [{ actionType: 'delete' }], known?: Person) {
    const sync = await SyncFixture.start(['Reading'], emulator, known);
    const { userId, mailboxId, person } = sync;
    await sync.sync();
    const conditions = { senderEmail: spam };
    const rule = await buildRule({ userId, mailboxId, name: 'Throw away', conditions, actions });
    const { accessToken } = await signIn(emulator, person.email, scope);
    const client = createGraphClient({
      baseUrl: emulator.graphUrl,
      limiter: createMailboxLimiters(skippingTime()).of(person.email),
      getToken: async () => accessToken,
    });
    return new StagingFixture({ sync, rule: rule.toObject(), client });
  }

  private constructor({ sync, rule, client }: Pick<StagingFixture, 'sync' | 'rule' | 'client'>) {
    this.sync = sync;
    this.rule = rule;
    this.client = client;
  }

  get #deps() {
    return { graphOf: () => this.client, clock: () => Date.now() + this.skewMs };
  }

  get userId(): string {
    return this.sync.userId.toHexString();
  }

  get mailboxId(): string {
    return this.sync.mailboxId.toHexString();
  }

  /** A message is delivered, and staged by the rule. @returns its id */
  async stage({ flagStatus, ...draft }: Draft = {}): Promise<string> {
    this.skewMs = 0;
    const { does } = this.sync.person;
    const { id } = does.deliver({ from: spam, ...draft });
    if (flagStatus !== undefined) does.flag(id, flagStatus);
    await this.sync.sync();
    await this.automate();
    return id;
  }

  /** What follows an observation of the mailbox. */
  automate() {
    const signal = new AbortController().signal;
    return automate({ ...this.#deps, stagingMs: dayMs }, { mailboxId: this.mailboxId, signal });
  }

  /** Another rule acts on a message. @returns its id */
  async actOn(actions: IRule['actions'], draft: Draft = {}): Promise<string> {
    await Rule.updateOne({ _id: this.rule._id }, { $set: { actions } });
    return this.stage(draft);
  }

  /** Changes the rule in the store. */
  async changeRule(fields: Partial<IRule>): Promise<void> {
    await Rule.updateOne({ _id: this.rule._id }, { $set: fields });
  }

  /** What there is to do in the mailbox is done, a day later unless `at` is now. */
  runMaintenance({ graphOf = this.#deps.graphOf, at }: { graphOf?: () => GraphClient; at?: 'now' } = {}) {
    this.skewMs = at === 'now' ? 0 : laterMs;
    const deps = { ...this.#deps, graphOf, stagingMs: dayMs, evaluate: nothing, continueRuns: nothing };
    return runMaintenance(deps, { mailboxId: this.mailboxId, signal: new AbortController().signal });
  }

  async request(
    request: StagingRequest,
    messageIds: readonly string[],
    client = this.client,
  ): Promise<StagingResult[]> {
    const rows = await Promise.all(messageIds.map((id) => this.row(id)));
    const deps = { ...this.#deps, graphOf: () => client, requestMaintenance: async () => undefined };
    return handleStagingRequest(deps, { userId: this.userId, ids: rows.map(({ _id }) => _id.toHexString()), request });
  }

  /** Everything that is staged is put back, and then the owner leaves. */
  handBack(leave: () => Promise<void>) {
    return handBackStaged(this.#deps, { mailboxId: this.mailboxId, signal: AbortSignal.timeout(30_000), leave });
  }

  undo(
    auditId: Types.ObjectId,
    { undoDays = 30, client = this.client, folder }: { undoDays?: number; client?: GraphClient; folder?: string } = {},
  ) {
    return undoAct(
      { ...this.#deps, graphOf: () => client, undoDays },
      { userId: this.userId, auditId: auditId.toHexString() },
      folder,
    );
  }

  row(messageId: string) {
    return StagedEmail.findOne({ mailboxId: this.sync.mailboxId, messageId }).lean().orFail();
  }

  acts(messageId: string): Promise<StoredAct[]> {
    return AuditLog.find({ targetType: 'email', targetId: messageId })
      .sort({ createdAt: 1 })
      .lean<StoredAct[]>()
      .exec();
  }

  /** The last act of a kind on a message. */
  async act(messageId: string, action: IAuditLog['action']): Promise<StoredAct> {
    const found = (await this.acts(messageId)).findLast((act) => act.action === action);
    if (found === undefined) throw new Error(`There is no ${action}`);
    return found;
  }

  /** A message as it is in the mailbox: its folder by name. */
  message(id: string) {
    const { folderId, isRead, flag, categories } = this.sync.person.mailbox.get(id);
    const folder = this.sync.person.mailbox.folders.get(folderId).displayName;
    return { folder, isRead, flag: flag.flagStatus, categories };
  }

  /** How often we have written to the mailbox. */
  get writes(): number {
    const entries = this.sync.emulator.truth.entries({ mailbox: this.sync.person.email });
    return entries.filter(({ actor }) => actor === 'app').length;
  }

  async pause(isPaused: boolean): Promise<void> {
    await Mailbox.updateOne({ _id: this.sync.mailboxId }, { $set: { 'settings.automationPaused': isPaused } });
  }
}
