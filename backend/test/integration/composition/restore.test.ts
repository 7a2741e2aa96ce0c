import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beat } from '../../../src/composition/heartbeat.ts';
import { type Runtime, startRuntime } from '../../../src/composition/runtime.ts';
import { queueNames, scheduledQueueNames } from '../../../src/jobs/registry.ts';
import { dayMs } from '../../../src/lib/durations.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { AuditLog, EmailEvent, Mailbox, MessageState, StagedEmail } from '../../../src/models/index.ts';
import { folderKindFinder } from '../../../src/models/fields/folder-kinds.ts';
import { isIn } from '../../../src/models/store/query-operators.ts';
import { votesByDomains } from '../../../src/patterns/analysis/read-votes.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../../harness/automated-mailbox.ts';
import { backUpDatabase, backUpRedis, restoreDatabase, restoreRedis } from '../../harness/backup.ts';
import { untilPasses } from '../../harness/until-passes.ts';

const spam = 'spam@shop.example';
const letters = 'news@letters.example';

/** Short, as a stopped service accepts no notifications until it is started again. */
const retryDelaysMs = [100, 300, 900];

let automated: AutomatedMailbox;
let redis: Redis;
let runtime: Runtime;
beforeAll(async () => {
  automated = await startAutomatedMailbox(['Reading', 'Reports'], { emulator: { delivery: { retryDelaysMs } } });
  runtime = automated.it365.service.runtime;
  redis = new Redis({ host: '127.0.0.1', port: automated.it365.service.redis.port });
  await automated.rule({ conditions: { senderEmail: spam }, actions: [{ actionType: 'delete' }] });
  const toReading = { actionType: 'move', toFolder: automated.folderId('Reading') } as const;
  await automated.rule({ conditions: { senderEmail: letters }, actions: [toReading] });
});
afterAll(async () => {
  redis.disconnect();
  await runtime.stop();
  await automated[Symbol.asyncDispose]();
});

/** Stops the service, changes its stores, and starts it again. */
async function restart(change: () => Promise<void>): Promise<void> {
  await runtime.stop();
  await change();
  runtime = await startRuntime({
    config: automated.it365.service.config,
    logger: createLogger({ level: 'error', style: 'readable' }),
    signal: new AbortController().signal,
    spreadMs: 0,
  });
}

const deliver = (from: string, subject: string): string => automated.person.does.deliver({ from, subject }).id;
const folderOf = (id: string) =>
  automated.person.mailbox.folders.get(automated.person.mailbox.get(id).folderId).displayName;
const moved = (messageId: string) => EmailEvent.findOne({ messageId, eventType: 'moved' }).lean();
const mailbox = () => Mailbox.findById(automated.owner.mailboxId).lean().orFail();

/** Keeps rules from acting: nobody gets the write lease. @returns a function that ends it */
async function holdRules(): Promise<() => Promise<unknown>> {
  const { mailboxId } = automated.owner;
  const hold = { holder: 'the test', until: new Date(Date.now() + dayMs) };
  await Mailbox.updateOne({ _id: mailboxId }, { $set: { writeLease: hold } });
  return () => Mailbox.updateOne({ _id: mailboxId }, { $unset: { writeLease: 1 } });
}

async function arrived(...ids: string[]): Promise<void> {
  await untilPasses(async () => {
    for (const messageId of ids) expect(await EmailEvent.exists({ messageId, eventType: 'arrived' })).not.toBeNull();
  });
}

/** @returns the ids of the messages that vote once they are old enough */
async function voters(blindWindows: readonly { readonly from: Date; readonly to: Date }[]): Promise<string[]> {
  const context = {
    now: new Date(Date.now() + 2 * dayMs),
    folderKindOf: folderKindFinder(await mailbox()),
    blindWindows,
    isExplainedByInboxRule: () => false,
  };
  const ids: string[] = [];
  const signal = new AbortController().signal;
  for await (const { senders } of votesByDomains(automated.owner, undefined, context, signal)) {
    ids.push(...senders.flat().map(({ messageId }) => messageId));
  }
  return ids;
}

/** Waits until no job runs: one that did at the time of a backup is taken up again a minute after its restoration. */
async function idle(): Promise<void> {
  await untilPasses(async () => {
    for (const name of queueNames) expect(await automated.it365.service.queue(name).getActiveCount()).toBe(0);
  });
}

describe('an older MongoDB under a newer Redis and a newer mailbox', () => {
  it('takes its own acts for its own as far as it can tell, and learns nothing from the others', async () => {
    const endHold = await holdRules();
    const [staged, letter, own] = [deliver(spam, 'Offer'), deliver(letters, 'News'), deliver('ann@work.example', 'Hi')];
    await arrived(staged, letter, own);
    await beat(redis, Date.now());
    const { mongoUri } = automated.it365.service;
    const backup = await backUpDatabase(mongoUri);

    // what happens between the backup and its restoration
    await endHold();
    await automated.browser.write('PATCH', '/api/me/preferences', { automationPaused: false }); // asks for maintenance
    automated.person.does.move(own, 'Reports');
    const late = deliver(spam, 'Later offer');
    await automated.evaluated(late);
    await untilPasses(() => expect([staged, letter].map(folderOf)).toEqual(['MSEDB Staging', 'Reading']));
    await untilPasses(async () => expect(await moved(own)).not.toBeNull());
    await beat(redis, Date.now());
    await restart(() => restoreDatabase(mongoUri, backup));
    await endHold();

    await untilPasses(async () => {
      const rows = await StagedEmail.find({ messageId: isIn([staged, late]) }).lean();
      expect(rows).toEqual([staged, late].map(() => expect.objectContaining({ status: 'staged', reason: 'found' })));
    });
    await untilPasses(async () => expect(await mailbox()).not.toHaveProperty('unlogged'));
    expect((await moved(letter))?.metadata).toMatchObject({ recognized: true, automatedByRule: expect.anything() });
    expect((await moved(staged))?.metadata).toMatchObject({ recognized: true });
    expect((await moved(own))?.metadata).not.toHaveProperty('recognized');
    const { blindWindows } = await mailbox();
    expect(blindWindows).toContainEqual(expect.objectContaining({ reason: 'restored' }));
    expect(await voters([])).toEqual([own]);
    expect(await voters(blindWindows)).toEqual([]);
    expect([staged, late].map(folderOf)).toEqual(['MSEDB Staging', 'MSEDB Staging']);
  });
});

describe.each(['older', 'empty'] as const)('an %s Redis under a newer MongoDB', (which) => {
  it('repeats nothing, and the service goes on', async () => {
    await idle();
    const backup = await backUpRedis(redis);
    const before = deliver(spam, 'Before');
    await automated.evaluated(before);
    await untilPasses(async () => expect(await StagedEmail.exists({ messageId: before })).not.toBeNull());
    const acts = await AuditLog.countDocuments({ targetType: 'email' });
    await beat(redis, Date.now() + dayMs);

    await restart(() => restoreRedis(redis, which === 'older' ? backup : new Map()));

    const next = deliver(spam, 'Next');
    await automated.browser.write('POST', `/api/mailboxes/${automated.owner.mailboxId.toHexString()}/sync`, {});
    await automated.evaluated(next);
    await untilPasses(async () => expect(await StagedEmail.exists({ messageId: next })).not.toBeNull());
    await untilPasses(async () => expect(await mailbox()).not.toHaveProperty('unlogged'));
    expect(await AuditLog.countDocuments({ targetType: 'email' })).toBe(acts + 1);
    expect(await StagedEmail.countDocuments({ messageId: before })).toBe(1);
    expect(await MessageState.countDocuments({ messageId: before })).toBe(1);
    for (const name of scheduledQueueNames) {
      expect(await automated.it365.service.queue(name).getJobSchedulersCount()).toBe(1);
    }
  });
});

describe('a restart of both stores as they were', () => {
  it('loses nothing that could be learned', async () => {
    const { blindWindows } = await mailbox();

    await restart(async () => undefined);

    const now = await mailbox();
    expect(now.blindWindows).toEqual(blindWindows);
    expect(now).not.toHaveProperty('unlogged');
  });
});
