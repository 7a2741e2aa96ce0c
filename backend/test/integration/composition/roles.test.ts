import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts';
import { tenantOf } from '../../../emulator/ids.ts';
import { freePort } from '../../../local/network.ts';
import { generateKeyEntry } from '../../../src/auth/tokens/vault-keys.ts';
import { queueNames } from '../../../src/jobs/registry.ts';
import { EmailEvent, Mailbox, WebhookSubscription } from '../../../src/models/index.ts';
import { Browser } from '../../harness/browser.ts';
import type { ServiceProcess } from '../../harness/service-process.ts';
import { addJob } from '../../harness/service.ts';
import { ProxiedStores } from '../../harness/stores.ts';
import { untilPasses } from '../../harness/until-passes.ts';
import { Gate } from '../../harness/gate.ts';

const people = Array.from({ length: 5 }, (_, index) => `person${index}@contoso.example`);
const [admin = ''] = people;
const messagesEach = 40;
const sender = 'news@letters.example';
/** Jobs of a worker that was killed run again after 60 to 90 s. */
const patience = { timeout: 90_000, interval: 200 };

/** The ids of the jobs that look at what Graph told of which a process has begun and, as far as it has said, not ended. */
function openJobs({ lines }: ServiceProcess): Set<string> {
  const open = new Set<string>();
  for (const line of lines) {
    const [, message = '', id = ''] =
      /"message":"(Job [^"]*)".*"queue":"webhook-events".*"jobId":"([^"]*)"/.exec(line) ?? [];
    if (message === 'Job started') open.add(id);
    else open.delete(id);
  }
  return open;
}

const metricsToken = 'a-token-of-a-test-that-is-long-enough';

async function healthOf(url: string): Promise<unknown> {
  return (await fetch(`${url}/health`)).json();
}

describe('one process for requests and two for jobs, on the same stores', () => {
  let stores: ProxiedStores;
  let microsoft: Emulator;
  let queues: Queue[];
  let maintenance: Queue;
  let redis: Redis;
  let environment: Record<string, string>;
  let api: ServiceProcess;
  let workers: ServiceProcess[] = [];
  beforeAll(async () => {
    stores = await ProxiedStores.start();
    microsoft = await startEmulator();
    const connection = { host: '127.0.0.1', port: stores.redisServer.port };
    queues = queueNames.map((name) => new Queue(name, { connection }));
    maintenance = new Queue('staging-processor', { connection });
    redis = new Redis(connection);
    const port = String(await freePort());
    const url = `http://localhost:${port}`;
    environment = {
      APP_URL: url,
      TRUST_PROXY: '1',
      GRAPH_WEBHOOK_URL: `http://127.0.0.1:${port}`,
      MICROSOFT_CLIENT_ID: microsoft.clientId,
      MICROSOFT_CLIENT_SECRET: microsoft.clientSecret,
      MICROSOFT_LOGIN_URL: microsoft.loginUrl,
      GRAPH_URL: microsoft.graphUrl,
      ENCRYPTION_KEYS: generateKeyEntry(),
      ADMIN_EMAIL: admin,
      ADMIN_TENANT_ID: tenantOf('contoso.example'),
      METRICS_TOKEN: metricsToken,
      LOG_LEVEL: 'debug',
    };
    api = await stores.launchReady({ ...environment, PORT: port, ROLE: 'api' });
    await mongoose.connect(stores.environment['MONGODB_URI'] ?? '');
  });
  afterAll(async () => {
    await mongoose.disconnect();
    redis.disconnect();
    await Promise.all([...queues, maintenance].map((queue) => queue.close()));
    await stores[Symbol.asyncDispose]();
    await microsoft.close();
  });

  const numberOf = async (...states: ('active' | 'waiting' | 'completed' | 'failed')[]): Promise<number> => {
    const counts = await Promise.all(queues.map((queue) => queue.getJobCountByTypes(...states)));
    return counts.reduce((sum, count) => sum + count, 0);
  };

  it('the first of them signs people in and queues what is to be done, and does none of it', async () => {
    for (const email of people) microsoft.people.add({ email });
    const first = new Browser(api.url.replace('127.0.0.1', 'localhost'));
    await first.signIn(admin);
    for (const email of people.slice(1)) {
      await first.write('POST', '/api/admin/users', { email });
      await new Browser(api.url.replace('127.0.0.1', 'localhost')).signIn(email);
    }

    expect(await Mailbox.countDocuments()).toBe(people.length);
    expect(await numberOf('waiting')).toBe(2 * people.length);
    expect(await numberOf('active', 'completed', 'failed')).toBe(0);
    expect(await Promise.all(queues.map((queue) => queue.getWorkersCount()))).toEqual(queues.map(() => 0));
    expect((await Promise.all(queues.map((queue) => queue.getJobSchedulers()))).flat()).toEqual([]);
    await expect.poll(() => healthOf(api.url)).toMatchObject({ status: 'healthy', role: 'api' });
    expect(api.output).toMatch(/"message":"Listening".*"role":"api"/);
  });

  it('the others do what waits, and answer nobody but who watches over them', async () => {
    const settings = { ...environment, ROLE: 'worker' };
    workers = await Promise.all([stores.launchReady(settings), stores.launchReady(settings)]);

    await untilPasses(async () => {
      expect(await Mailbox.countDocuments({ lastSyncAt: { $ne: null } })).toBe(people.length);
      expect(await WebhookSubscription.countDocuments({ renewAt: { $ne: null } })).toBe(people.length);
      expect(await numberOf('active', 'waiting', 'failed')).toBe(0);
    });
    // one of them may have done all that waited before the other was there
    await expect
      .poll(async () => {
        await addJob(maintenance, 'staging-processor');
        return workers.filter(({ output }) => /"message":"Job completed"/.test(output)).length;
      }, patience)
      .toBe(2);

    expect(await Promise.all(queues.map((queue) => queue.getWorkersCount()))).toEqual(queues.map(() => 2));
    expect((await Promise.all(queues.map((queue) => queue.getJobSchedulers()))).flat()).toHaveLength(5);
    for (const { url, output } of workers) {
      await expect.poll(() => healthOf(url)).toMatchObject({ status: 'healthy', role: 'worker' });
      expect((await fetch(`${url}/api/mailboxes`)).status).toBe(404);
      const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
      expect(await metrics.text()).toContain('role="worker"} 1');
      expect(output).toMatch(/"message":"Job completed"/);
    }
  });

  it('nothing is lost and nothing done twice when one of them is killed at work', async () => {
    const gate = new Gate();
    microsoft.faults.add({ kind: 'slow', until: gate.opened, target: 'graph' });
    const delivered = people.flatMap((email) => {
      const { does } = microsoft.people.get(email);
      return Array.from({ length: messagesEach }, () => ({ does, id: does.deliver({ from: sender }).id }));
    });
    const victim = await untilPasses(() => {
      const busy = workers.find((worker) => openJobs(worker).size > 0);
      if (busy === undefined) throw new Error('No worker is at work');
      return busy;
    });
    workers = workers.filter((worker) => worker !== victim);
    victim.signal('SIGKILL');
    await victim.exited();
    gate.open();
    const interrupted = openJobs(victim);
    // a minute passes: a lock that nobody renews ends
    for (const id of interrupted) await redis.del(`bull:webhook-events:${id}:lock`);

    await expect.poll(() => EmailEvent.countDocuments({ eventType: 'arrived' }), patience).toBe(delivered.length);
    for (const { does, id } of delivered) does.markRead(id);
    await expect.poll(() => EmailEvent.countDocuments({ eventType: 'read' }), patience).toBe(delivered.length);
    await expect.poll(() => numberOf('active', 'waiting'), patience).toBe(0);

    expect(interrupted.size).toBeGreaterThan(0);
    expect(workers[0]?.output).toMatch(/"message":"Job is retried: its worker stopped"/);
    expect(await EmailEvent.countDocuments()).toBe(2 * delivered.length);
    expect(await EmailEvent.distinct('occurrences')).toEqual([1]);
    expect((await EmailEvent.distinct('messageId')).toSorted()).toEqual(delivered.map(({ id }) => id).toSorted());
    expect(await numberOf('failed')).toBe(0);
    expect((await Promise.all(queues.map((queue) => queue.getJobSchedulers()))).flat()).toHaveLength(5);
  });

  it('each stops in order when it is told to', async () => {
    for (const service of [api, ...workers]) service.signal('SIGTERM');

    expect(await Promise.all([api, ...workers].map((service) => service.exited()))).toEqual([0, 0]);
    expect(api.messages.at(-1)).toBe('Stopped');
  });
});
