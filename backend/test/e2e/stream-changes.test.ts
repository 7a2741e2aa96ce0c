import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openIntent, closeIntent } from '../../src/models/store/intent-log.ts';
import { changeTopics } from '../../src/models/store/change-signal.ts';
import { Mailbox, StagedEmail } from '../../src/models/index.ts';
import { buildMailbox } from '../factories/mailbox.ts';
import { buildStagedEmail } from '../factories/staged-email.ts';
import type { EventReader } from '../harness/event-reader.ts';
import { startTestService, type TestService } from '../harness/service.ts';
import { Listener } from '../harness/stream-service.ts';
import { untilPasses } from '../harness/until-passes.ts';

const hint = z.strictObject({ topics: z.array(z.enum(changeTopics)), mailboxId: z.string().optional() });

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

class Person implements AsyncDisposable {
  readonly listener: Listener;
  readonly mailboxId: Types.ObjectId;
  readonly reader: EventReader;

  static async listening(): Promise<Person> {
    const listener = await Listener.create();
    const mailbox = await buildMailbox({ userId: listener.userId });
    const reader = await listener.listen({ url: `http://127.0.0.1:${service.runtime.port}` });
    const person = new Person(listener, mailbox._id, reader);
    await untilPasses(() => {
      if (reader.unread.length === 0) throw new Error('Nothing came yet');
    });
    return person;
  }

  private constructor(listener: Listener, mailboxId: Types.ObjectId, reader: EventReader) {
    this.listener = listener;
    this.mailboxId = mailboxId;
    this.reader = reader;
  }

  get owner() {
    return { userId: this.listener.userId, mailboxId: this.mailboxId };
  }

  get hints() {
    return this.reader.events.filter(({ event }) => event === 'changed').map(({ data }) => hint.parse(data));
  }

  /** Waits for a hint of exactly these topics. */
  async hasHeard(topics: readonly string[], mailboxId?: string): Promise<void> {
    await untilPasses(() => {
      const isHeard = this.hints.some((one) => one.topics.join() === topics.join() && one.mailboxId === mailboxId);
      if (!isHeard) throw new Error(`No hint of ${topics.join()} yet: ${JSON.stringify(this.hints)}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.reader.leave();
  }
}

describe('the hints in the stream', () => {
  it('name the preferences when their owner changes them, and reach nobody else', async () => {
    await using ada = await Person.listening();
    await using bea = await Person.listening();

    const patch = service.http.patch('/api/me/preferences').set(ada.listener.headers);
    expect((await patch.send({ aggressiveness: 'aggressive' })).status).toBe(200);
    await ada.hasHeard(['preferences']);
    await Mailbox.updateOne({ _id: bea.mailboxId }, { $set: { 'settings.automationPaused': true } });
    await bea.hasHeard(['mailboxes'], bea.mailboxId.toHexString());

    expect(bea.hints).toHaveLength(1);
  });

  it('name what an action changes, when it begins and when it has ended', async () => {
    await using ada = await Person.listening();
    const intent = { ...ada.owner, action: 'email_staged', targetType: 'email', targetId: 'm' } as const;
    const _id = new Types.ObjectId();

    await openIntent({ _id, ...intent, details: { runId: 'r' } }, new Date());
    const said = ['audit', 'staging', 'runs'];
    await ada.hasHeard(said, ada.mailboxId.toHexString());
    await closeIntent(_id);

    await untilPasses(() => expect(ada.hints).toHaveLength(2));
    expect(ada.hints[1]?.topics).toEqual(said);
  });

  it('come at most once a second, as one', async () => {
    await using ada = await Person.listening();
    const row = await buildStagedEmail(ada.owner);
    for (let n = 0; n < 20; n += 1) {
      await StagedEmail.findOneAndUpdate({ _id: row._id }, { $set: { 'fault.count': n } });
    }
    await Mailbox.updateOne({ _id: ada.mailboxId }, { $set: { lastAnalyzedAt: new Date() } });

    await untilPasses(() => expect(ada.hints.flatMap(({ topics }) => topics)).toContain('patterns'));
    expect(ada.hints.length).toBeLessThan(6);
  });

  it('say nothing of what no page shows', async () => {
    await using ada = await Person.listening();
    await Mailbox.updateOne({ _id: ada.mailboxId }, { $set: { lastDrillAt: new Date(), msalCacheVersion: 3 } });
    await Mailbox.updateOne({ _id: ada.mailboxId }, { $set: { suspendedRules: [] } });

    await ada.hasHeard(['rules', 'mailboxes'], ada.mailboxId.toHexString());
    expect(ada.hints).toHaveLength(1);
  });
});
