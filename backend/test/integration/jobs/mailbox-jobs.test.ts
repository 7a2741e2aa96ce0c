import { Queue } from 'bullmq';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addMailboxJob, promoteMailboxJob } from '../../../src/jobs/mailbox-jobs.ts';
import { registry } from '../../../src/jobs/registry.ts';
import { startTestRedis, type TestRedis } from '../../harness/redis.ts';

const definition = registry['delta-sync'];
let redis: TestRedis;
let queue: Queue;
beforeAll(async () => {
  redis = await startTestRedis();
  queue = new Queue('delta-sync', { connection: { host: '127.0.0.1', port: redis.port } });
});
afterAll(async () => {
  await queue.close();
  await redis[Symbol.asyncDispose]();
});

it('a job that waits for a later moment is called forward, and no second one is made', async () => {
  const job = { queue, definition, mailboxId: 'mailbox' };
  await addMailboxJob({ ...job, delayMs: 3_600_000 });
  await addMailboxJob({ ...job, mailboxId: 'another', delayMs: 3_600_000 });
  const before = await queue.getJobCounts('waiting', 'delayed');

  await promoteMailboxJob(job);

  expect(before).toMatchObject({ waiting: 0, delayed: 2 });
  expect(await queue.getJobCounts('waiting', 'delayed')).toMatchObject({ waiting: 1, delayed: 1 });
  expect((await queue.getWaiting()).map(({ data }) => data)).toEqual([{ mailboxId: 'mailbox' }]);
});
