import type { Queue } from 'bullmq';
import { Types } from 'mongoose';
import type { Emulator } from '../../emulator/emulator.ts';
import type { Person } from '../../emulator/people.ts';
import { addMailboxJob } from '../../src/jobs/mailbox-jobs.ts';
import { registry } from '../../src/jobs/registry.ts';
import { AuditLog, Mailbox, User } from '../../src/models/index.ts';
import { Browser } from '../../test/harness/browser.ts';
import type { RecordAction } from './hand.ts';

interface Surroundings {
  readonly url: string;
  readonly microsoft: Emulator;
  /** The driver's own view of the queue webhook-renewal. */
  readonly renewals: Queue;
}

/** A mailbox that the service watches, and the browser in which its owner is signed in. */
export class WatchedMailbox {
  readonly person: Person;
  readonly mailboxId: Types.ObjectId;
  readonly #userId: Types.ObjectId;
  readonly #browser: Browser;
  readonly #surroundings: Surroundings;

  /** Invites a person, who signs in: that connects their mailbox. */
  static async connect(person: Person, surroundings: Surroundings): Promise<WatchedMailbox> {
    const { email } = person;
    await User.create({ email, invitedBy: new Types.ObjectId() });
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

  /** Whether the service has a subscription at Graph. */
  get isSubscribed(): boolean {
    return this.#surroundings.microsoft.subscriptions.all(this.person).length > 0;
  }

  /** Has the service look after its subscription now, rather than in its next round. */
  async askForSubscription(): Promise<void> {
    const { renewals: queue } = this.#surroundings;
    await addMailboxJob({ queue, definition: registry['webhook-renewal'], mailboxId: this.mailboxId.toString() });
  }

  /** Asks for a synchronization, as the owner can. @throws when the service has no such route */
  async askForSync(): Promise<void> {
    const { status } = await this.#browser.write('POST', `/api/mailboxes/${this.mailboxId.toString()}/sync`);
    if (status === 404) throw new Error('POST /api/mailboxes/{mailboxId}/sync does not exist');
  }

  row() {
    return Mailbox.findById(this.mailboxId).lean().orFail();
  }

  /** The owner signs in once more, which gives the service a new grant. */
  async signInAgain(): Promise<void> {
    await signIn(this.#browser, this.person.email);
  }

  /** Kills every token that the service has of the owner. */
  loseGrant(): void {
    const { grants } = this.#surroundings.microsoft;
    grants.revoke(this.person, 'invalid_grant');
    grants.expireAccessTokens(this.person);
  }

  /** Writes the audit log as the service does: an entry before it acts, and when it is done. */
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
