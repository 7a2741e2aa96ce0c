import type { Types } from 'mongoose';
import type { Person } from '../../../emulator/people.ts';
import { promoteMailboxJob } from '../../../src/jobs/mailbox-jobs.ts';
import { registry } from '../../../src/jobs/registry.ts';
import { Mailbox, WebhookSubscription } from '../../../src/models/index.ts';
import type { Browser } from '../../harness/browser.ts';
import { folders } from './commands.ts';
import { PauseLog } from './pause-log.ts';
import type { ServiceFixture } from './service-fixture.ts';
import { untilPasses } from '../../harness/until-passes.ts';

/** The properties of a message that an action can change, as the emulator holds them. */
export interface MessageProperties {
  readonly folderId: string;
  readonly isRead: boolean;
  readonly flag: object;
  readonly categories: readonly string[];
}

const workQueues = ['delta-sync', 'webhook-events', 'staging-processor'] as const;

/** A person with a watched mailbox, new for each run of the property. */
export class MailboxFixture {
  readonly service: ServiceFixture;
  readonly person: Person;
  readonly browser: Browser;
  readonly owner: { readonly userId: Types.ObjectId; readonly mailboxId: Types.ObjectId };
  readonly pauses = new PauseLog();
  /** Delivered messages by id, with their properties at delivery. */
  readonly delivered = new Map<string, MessageProperties>();
  /** Answers that the service must never give, whatever is going on. */
  readonly unexpectedAnswers: string[] = [];

  static async open(service: ServiceFixture, email: string): Promise<MailboxFixture> {
    await service.backend.ensureUp();
    const person = service.microsoft.people.add({ email, folders });
    const browser = await service.join(email);
    const { _id: mailboxId, userId } = await untilPasses(() => readWatched(email));
    return new MailboxFixture(service, { person, browser, owner: { userId, mailboxId } });
  }

  private constructor(
    service: ServiceFixture,
    { person, browser, owner }: Pick<MailboxFixture, 'person' | 'browser' | 'owner'>,
  ) {
    this.service = service;
    this.person = person;
    this.browser = browser;
    this.owner = owner;
  }

  get mailboxId(): string {
    return this.owner.mailboxId.toHexString();
  }

  folderId(name: string): string {
    return this.person.mailbox.folders.idByAnyName(name);
  }

  propertiesOf(messageId: string): MessageProperties {
    const { folderId, isRead, flag, categories } = this.person.mailbox.get(messageId);
    return { folderId, isRead, flag: { ...flag }, categories: [...categories] };
  }

  /** Number of requests for this mailbox that Graph has received. */
  get requests(): number {
    return this.service.microsoft.throttle.report(this.person.email).total;
  }

  /** Number of changes that the service has made in the mailbox. */
  get changesByService(): number {
    const entries = this.service.microsoft.truth.entries({ mailbox: this.person.email });
    return entries.filter(({ actor }) => actor === 'app').length;
  }

  /** Promotes the jobs of these queues (all by default), so that they run as soon as a worker is free. */
  async promoteJobs(...queues: (typeof workQueues)[number][]): Promise<void> {
    for (const name of queues.length === 0 ? workQueues : queues) {
      const job = { queue: this.service.queue(name), definition: registry[name], mailboxId: this.mailboxId };
      await promoteMailboxJob(job);
    }
  }

  /** Counts the mailbox jobs that are running or waiting for a worker. */
  async busyJobs(): Promise<number> {
    const counts = workQueues.map((name) => this.service.queue(name).getJobCountByTypes('active', 'waiting'));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }
}

/** @throws while the first synchronization or the subscription is not complete */
async function readWatched(email: string) {
  const mailbox = await Mailbox.findOne({ email }).lean().orFail();
  const subscription = await WebhookSubscription.findOne({ mailboxId: mailbox._id }).lean();
  if (mailbox.lastSyncAt === undefined || subscription?.renewAt === undefined) {
    throw new Error(`${email} is not watched yet`);
  }
  return mailbox;
}
