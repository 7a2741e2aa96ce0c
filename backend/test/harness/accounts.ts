import { once } from 'node:events';
import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import type { Types } from 'mongoose';
import { createSubscription } from '../../src/graph/subscriptions.ts';
import { hourMs } from '../../src/lib/durations.ts';
import { Mailbox, Notification, User } from '../../src/models/index.ts';
import { connectMicrosoft } from '../../src/composition/microsoft.ts';
import { buildAuditLog } from '../factories/audit-log.ts';
import { buildEmailEvent } from '../factories/email-event.ts';
import { buildNotification } from '../factories/notification.ts';
import type { Owner } from '../factories/owner.ts';
import { buildPattern } from '../factories/pattern.ts';
import { buildRule } from '../factories/rule.ts';
import { buildStagedEmail } from '../factories/staged-email.ts';
import { buildWebhookSubscription } from '../factories/webhook-subscription.ts';
import type { Browser } from './browser.ts';
import { refusalContext } from './refusal-context.ts';
import { admin, type ConnectedService } from './connected-service.ts';

/** Makes the people of a test, with mailboxes that have a history and a subscription at Graph. */
export class Accounts implements AsyncDisposable {
  readonly redis: Redis;
  readonly #it365: ConnectedService;
  readonly #graphOf;
  readonly #receiver;

  /** The service's first admin signs in first. */
  static async start(it365: ConnectedService): Promise<Accounts> {
    await it365.signedIn(admin);
    const receiver = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://receiver');
      response.setHeader('content-type', 'text/plain').end(searchParams.get('validationToken'));
    });
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    return new Accounts(it365, receiver);
  }

  private constructor(it365: ConnectedService, receiver: ReturnType<typeof createServer>) {
    this.redis = new Redis(it365.service.redis.port, '127.0.0.1', { retryStrategy: () => null });
    this.redis.on('error', () => undefined);
    const connection = connectMicrosoft(it365.service.config, this.redis, refusalContext);
    if (connection === undefined) throw new Error('The service is not connected');
    this.#graphOf = connection.graphOf;
    this.#it365 = it365;
    this.#receiver = receiver;
  }

  /** An account at Microsoft, invited, and signed in. */
  async join(email: string): Promise<Browser> {
    const { tid: tenantId } = this.#it365.microsoft.people.add({ email });
    const ada = await this.#it365.signedIn(admin);
    await ada.write('POST', '/api/admin/users', { email, tenantId });
    return this.#it365.signedIn(email);
  }

  /** The same, with a mailbox that has a history and a subscription. */
  async joinWithHistory(email: string) {
    const browser = await this.join(email);
    const mailbox = await this.mailbox(email);
    await this.addHistory({ userId: mailbox.userId, mailboxId: mailbox._id }, email);
    await this.subscribe(mailbox);
    return { browser, mailbox, path: `/api/mailboxes/${mailbox._id.toString()}` };
  }

  /** The row of a mailbox: of the user of the same address unless `owner` names another. */
  async mailbox(email: string, owner: string = email) {
    const user = await User.findOne({ email: owner }).lean().orFail();
    return Mailbox.findOne({ userId: user._id, email }).lean().orFail();
  }

  /** Subscribes to a mailbox at Graph, as the service does. @returns the id that Graph gave */
  async subscribe({ _id: mailboxId, userId }: { _id: Types.ObjectId; userId: Types.ObjectId }): Promise<string> {
    const address = this.#receiver.address();
    const url = `http://127.0.0.1:${address instanceof Object ? address.port : 0}/`;
    const wanted = {
      resource: '/me/messages',
      changeType: 'created,updated,deleted',
      notificationUrl: url,
      lifecycleNotificationUrl: url,
      clientState: 'secret-of-a-test',
      expiresAt: new Date(Date.now() + hourMs),
    };
    const signal = AbortSignal.timeout(10_000);
    const { id } = await this.#graphOf(mailboxId.toString()).send(createSubscription(wanted), { signal });
    await buildWebhookSubscription({ userId, mailboxId, subscriptionId: id, clientState: wanted.clientState });
    return id;
  }

  /** One row of every kind that a mailbox can have. */
  async addHistory({ userId, mailboxId }: Owner, email: string): Promise<void> {
    const owner = { userId, mailboxId };
    const rule = await buildRule(owner);
    await buildEmailEvent(owner);
    await buildPattern(owner);
    await buildStagedEmail({ ...owner, ruleId: rule._id });
    await buildAuditLog({ ...owner, targetId: rule._id.toString() });
    const message = `Microsoft asks you to sign in again for ${email}. Thank you.`;
    await buildNotification({ userId, mailboxIds: [mailboxId], message: 'It names no address' });
    const { _id } = await buildNotification({ userId, message });
    await Notification.updateOne({ _id }, { $unset: { mailboxIds: 1 } }); // as it was stored before the field existed
  }

  /** The ids of the subscriptions that Graph has for an address. */
  subscriptionsAtGraph(email: string): string[] {
    const { people, subscriptions } = this.#it365.microsoft;
    return subscriptions.all(people.get(email)).map(({ id }) => id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis.disconnect();
    this.#receiver.close();
    await once(this.#receiver, 'close');
  }
}
