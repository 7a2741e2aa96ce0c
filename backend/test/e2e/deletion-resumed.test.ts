import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { resumeDeletions } from '../../src/accounts/purge.ts';
import { closeAllQueues, createQueues, type Queues } from '../../src/jobs/queues.ts';
import { LogLimiter } from '../../src/lib/log-limiter.ts';
import { Mailbox, Rule, User } from '../../src/models/index.ts';
import { createDeletionPorts } from '../../src/composition/microsoft.ts';
import { buildMailbox } from '../factories/mailbox.ts';
import { buildRule } from '../factories/rule.ts';
import { startTestService, type TestService } from '../harness/service.ts';

const logger = { error: vi.fn(), warn: vi.fn(), info: vi.fn(), debug: vi.fn() };
let service: TestService;
let redis: Redis;
let queues: Queues;
beforeAll(async () => {
  service = await startTestService();
  redis = new Redis(service.redis.port, '127.0.0.1');
  queues = createQueues({ settings: service.config.redis, logger, limiter: new LogLimiter(Date.now) });
});
afterAll(async () => {
  await closeAllQueues(queues);
  redis.disconnect();
  await service[Symbol.asyncDispose]();
});

it('a deletion that a crash cut short goes on at the next start, and touches nobody else', async () => {
  const kept = await buildRule();
  const gone = await buildMailbox();
  await buildRule({ userId: gone.userId, mailboxId: gone._id });
  await User.updateOne({ _id: gone.userId }, { $set: { isActive: false, deletionStartedAt: new Date() } });

  await resumeDeletions(createDeletionPorts({ connection: undefined, queues, redis, logger }));

  expect(await User.findById(gone.userId)).toBeNull();
  expect(await Mailbox.findById(gone._id)).toBeNull();
  expect(await Rule.find({}, '_id').lean()).toEqual([{ _id: kept._id }]);
  expect(await User.findById(kept.userId)).not.toBeNull();
});
