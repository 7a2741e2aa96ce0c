import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWebhookSubscription } from '../../../factories/webhook-subscription.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';
import { startTestRedis, type TestRedis } from '../../../harness/redis.ts';
import { TcpProxy } from '../../../harness/tcp-proxy.ts';
import { changeOf, NotificationFixture } from './notification-fixture.ts';
import { untilPasses } from '../../../harness/until-passes.ts';

let database: TestDatabase;
let redis: TestRedis;
let fixture: NotificationFixture;
beforeAll(async () => {
  [database, redis] = await Promise.all([connectTestDatabase(), startTestRedis()]);
  fixture = new NotificationFixture(redis.port);
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
  await database.drop();
});

async function behindProxy(work: (through: NotificationFixture, proxy: TcpProxy) => Promise<void>): Promise<void> {
  const proxy = await TcpProxy.start({ host: '127.0.0.1', port: redis.port });
  const through = new NotificationFixture(proxy.port);
  try {
    await work(through, proxy);
  } finally {
    proxy.restore();
    await through[Symbol.asyncDispose]();
    await proxy.close();
  }
}

describe('while Redis', () => {
  it.each(['cut', 'swallow'] as const)(
    'is away (%s), Graph is told meanwhile to send again, and what it sends later is taken',
    async (fault) => {
      await behindProxy(async (through, proxy) => {
        const row = await buildWebhookSubscription();
        await through.post([changeOf(row, 'before')]).expect(202);
        proxy[fault]();

        const refused = await through.post([changeOf(row, 'after')]);

        expect([refused.status, refused.body.error.code]).toEqual([503, 'not_queued']);
        expect(refused.body.error.requestId).toMatch(/\S/);
        await through.http.post('/webhooks/graph').query({ validationToken: 't' }).expect(200);
        proxy.restore();
        await untilPasses(() => through.post([changeOf(row, 'after')]).expect(202));
        expect(Object.keys(await fixture.waiting(row.mailboxId)).toSorted()).toEqual(['after', 'before']);
      });
    },
  );

  it('is frozen, no more than a thousand requests are held in memory', async () => {
    await behindProxy(async (through, proxy) => {
      const row = await buildWebhookSubscription();
      await through.post([changeOf(row, 'before')]).expect(202);
      proxy.swallow();

      const held = Array.from({ length: 1_000 }, () => through.intake.take([changeOf(row, 'held')]));
      let answered = 0;
      for (const request of held) void request.then(() => (answered += 1));
      const refused = await through.intake.take([changeOf(row, 'refused')]);

      expect(refused).toBe(false);
      expect(answered).toBe(0);
      expect(new Set(await Promise.all(held))).toEqual(new Set([false]));
      expect(through.warnings.length).toBeLessThan(10);
    });
  });

  it('is full, Graph is told to send again', async () => {
    await using full = await startTestRedis(['--maxmemory', '100kb', '--maxmemory-policy', 'noeviction']);
    await using crowded = new NotificationFixture(full.port);
    const row = await buildWebhookSubscription({ mailboxId: new Types.ObjectId(), userId: new Types.ObjectId() });

    const reply = await crowded.post([changeOf(row, 'm')]);

    expect(reply.status).toBe(503);
    expect(crowded.intake.counts.refused).toBe(1);
  });
});
