import type { Queue } from 'bullmq';
import { Types } from 'mongoose';
import type { Emulator } from '../../emulator/emulator.ts';
import type { Person } from '../../emulator/people.ts';
import { addMailboxJob } from '../../src/jobs/mailbox-jobs.ts';
import { registry } from '../../src/jobs/registry.ts';
import { AuditLog, Mailbox, User } from '../../src/models/index.ts';
import { Browser } from '../../test/harness/browser.ts';
import type { RecordAction } from './actor.ts';

interface Surroundings {
  readonly url: string;
  readonly microsoft: Emulator;
  /** The queue webhook-renewal, opened by the benchmark. */
  readonly renewals: Queue;
}

/** A mailbox watched by the service, with the browser in which its owner is signed in. */
export class WatchedMailbox {
  readonly person: Person;
  readonly mailboxId: Types.ObjectId;
  readonly #userId: Types.ObjectId;
  readonly #browser: Browser;
  readonly #surroundings: Surroundings;

  /** Invites a person and signs them in, which connects their mailbox. */
  static async connect(person: Person, surroundings: Surroundings): Promise<WatchedMailbox> {
    const { email } = person;
    await User.create({ email, tenantId: person.tid, invitedBy: new Types.ObjectId() });
    const browser = new Browser(surroundings.url);
    await signIn(browser, email);
    const { _id, userId } = await Mailbox.findOne({ email }).lean().orFail();
    return new WatchedMailbox(person, { mailboxId: _id, userId }, { browser, surroundings });
  }

  private constructor(
    person: Person,
    { mailboxId, userId }: { mailboxId: Types.ObjectId; userId: Types.ObjectId },
    { browser, surroundings }: { browser: Browser; surroundings: Surroundings },
  ) {
    this.person = person;
    this.mailboxId = mailboxId;
    this.#userId = userId;
    this.#browser = browser;
    this.#surroundings = surroundings;
  }

  /** True when the service has a subscription at Graph. */
  get isSubscribed(): boolean {
    return this.#surroundings.microsoft.subscriptions.all(this.person).length > 0;
  }

  /** Requests a renewal of the subscription now instead of at the next scheduled time. */
  async askForSubscription(): Promise<void> {
    const { renewals: queue } = this.#surroundings;
    await addMailboxJob({ queue, definition: registry['webhook-renewal'], mailboxId: this.mailboxId.toString() });
  }

  /** Requests a synchronization as the owner. @throws when the service has no such route */
  async askForSync(): Promise<void> {
    const { status } = await this.#browser.write('POST', `/api/mailboxes/${this.mailboxId.toString()}/sync`);
    if (status === 404) throw new Error('POST /api/mailboxes/{mailboxId}/sync does not exist');
  }

  row() {
    return Mailbox.findById(this.mailboxId).lean().orFail();
  }

  /** Signs the owner in again, which gives the service a new grant. */
  async signInAgain(): Promise<void> {
    await signIn(this.#browser, this.person.email);
  }

  /** Revokes every token that the service has for the owner. */
  loseGrant(): void {
    const { grants } = this.#surroundings.microsoft;
    grants.revoke(this.person, 'invalid_grant');
    grants.expireAccessTokens(this.person);
  }

  /** Writes the audit log as the service does: an entry before the action, and its end afterwards. */
  readonly recordAction: RecordAction = async (messageId, change, carryOut) => {
    const { _id } = await AuditLog.create({
      userId: this.#userId,
      mailboxId: this.mailboxId,
      action: 'rule_executed',
      targetType: 'email',
      targetId: messageId,
      undoable: true,
      details: { change },
    });
    carryOut();
    await AuditLog.updateOne({ _id }, { $set: { 'details.finishedAt': new Date().toISOString() } });
    return _id.toString();
  };
}

async function signIn(browser: Browser, email: string): Promise<void> {
  const { status, body } = await browser.signIn(email);
  if (status !== 200) throw new Error(`A simulated owner could not sign in: ${status} ${JSON.stringify(body)}`);
}
