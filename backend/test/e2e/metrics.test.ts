import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { EmailEvent, type IEmailEvent, Mailbox, WebhookSubscription } from '../../src/models/index.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { startTestService, type TestService } from '../harness/service.ts';
import { untilPasses } from '../harness/until-passes.ts';

const count = (messageId: string, eventType: IEmailEvent['eventType']) =>
  EmailEvent.countDocuments({ messageId, eventType });

/** Waits until the mailbox was synchronized and has its subscription: what happens now is news. */
async function watched(): Promise<void> {
  await untilPasses(async () => {
    expect((await Mailbox.findOne({ email: admin }).lean())?.lastSyncAt).toBeInstanceOf(Date);
    expect((await WebhookSubscription.findOne().lean())?.renewAt).toBeInstanceOf(Date);
  });
}

async function recorded(messageId: string, eventType: IEmailEvent['eventType']): Promise<void> {
  await untilPasses(async () => expect(await count(messageId, eventType)).toBe(1));
}

const token = 'a-token-of-a-test-that-is-long-enough';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text format of Prometheus. */
function parse(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? ([-+\w.]+)$/i.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', label = '']) => [key, label]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

describe('the metrics of a service that watches a mailbox', () => {
  let it365: ConnectedService;
  beforeAll(async () => {
    it365 = await startConnectedService({
      isNotified: true,
      service: { config: { metricsToken: new Secret(token) } },
    });
    await it365.signedIn(admin);
    await watched();
    const { does } = it365.microsoft.people.get(admin);
    const { id } = does.deliver({ from: 'news@letters.example', subject: 'A subject that is nobody’s business' });
    await recorded(id, 'arrived');
    does.markRead(id);
    await recorded(id, 'read');
  });
  afterAll(async () => {
    await it365[Symbol.asyncDispose]();
  });

  const read = async (): Promise<Sample[]> =>
    parse((await it365.service.http.get('/metrics').set('authorization', `Bearer ${token}`)).text);
  const sum = async (name: string, labels: Record<string, string> = {}): Promise<number> => {
    const wanted = Object.entries(labels);
    const samples = (await read()).filter((sample) => sample.name === name);
    const chosen = samples.filter((sample) => wanted.every(([key, value]) => sample.labels[key] === value));
    return chosen.reduce((total, { value }) => total + value, 0);
  };

  it('tell of requests to Graph, events and their lag, notifications, jobs and queues', async () => {
    const subscribing = { method: 'POST', route: '/subscriptions', status: '2xx' };
    expect(await sum('msedb_graph_requests_total', subscribing)).toBeGreaterThan(0);
    expect(await sum('msedb_graph_batch_parts_total', { status: '2xx' })).toBeGreaterThan(0);
    await expect.poll(() => sum('msedb_events_total', { type: 'arrived' })).toBe(1);
    await expect.poll(() => sum('msedb_events_total', { type: 'read' })).toBe(1);
    await expect.poll(() => sum('msedb_event_lag_seconds_count')).toBe(2);
    expect(await sum('msedb_notifications_total', { outcome: 'queued' })).toBeGreaterThan(1);
    const drained = { queue: 'webhook-events', outcome: 'completed' };
    await expect.poll(() => sum('msedb_job_duration_seconds_count', drained)).toBeGreaterThan(1);
    await expect.poll(() => sum('msedb_queue_jobs', { queue: 'delta-sync', state: 'delayed' })).toBe(1);
    expect(await sum('msedb_store_up')).toBe(2);
    expect(await sum('msedb_info', { role: 'all' })).toBe(1);
    expect(await sum('process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect((await read()).find(({ name }) => name === 'msedb_undos_total')).toMatchObject({ value: 0 });
  });

  it('tell for how long Graph wanted a mailbox left alone', async () => {
    const before = await sum('msedb_graph_throttling_wait_seconds_sum');
    const { does } = it365.microsoft.people.get(admin);
    it365.microsoft.faults.add({ kind: 429, retryAfterSeconds: 1, times: 1 });

    const { id } = does.deliver({ from: 'news@letters.example' });
    await expect.poll(() => count(id, 'arrived')).toBe(1);

    expect(await sum('msedb_graph_throttling_wait_seconds_sum')).toBeCloseTo(before + 1, 1);
    const throttled = await sum('msedb_graph_requests_total', { status: '429' });
    expect(throttled + (await sum('msedb_graph_batch_parts_total', { status: '429' }))).toBeGreaterThan(0);
  });

  it('name no person, message, mailbox or subject', async () => {
    const own = (await read()).filter(({ name }) => name.startsWith('msedb_'));
    const values = new Set(own.flatMap(({ labels }) => Object.values(labels)));

    expect(values.size).toBeGreaterThan(20);
    for (const value of values)
      expect(value).toMatch(/^(?:[a-z0-9+._-]{1,20}|[A-Z]{3,6}|(?:\/[\w$]+|\/\{\w+\}|\/[\w.]+)+|[+]Inf)$/i);
    expect([...values].join(' ')).not.toMatch(/@|[0-9a-f]{24}/);
  });
});

describe('the metrics of a service with a METRICS_TOKEN', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({
      config: { metricsToken: new Secret(token), role: 'worker' },
      logger: { error: vi.fn(), warn: vi.fn(), info: vi.fn(), debug: vi.fn() },
      processors: { 'webhook-events': () => Promise.reject(new Error('planted')) },
    });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  it('are for whoever presents it, from anywhere', async () => {
    const far = { 'x-forwarded-for': '203.0.113.7', authorization: `Bearer ${token}` };
    const reply = await service.http.get('/metrics').set(far);

    expect(reply.status).toBe(200);
    expect(parse(reply.text)).toContainEqual(expect.objectContaining({ name: 'msedb_store_up', value: 1 }));
  });

  it('count a job that fails once for each try, and tell the last from the others', async () => {
    const outcomes = async () => {
      const { text } = await service.http.get('/metrics').set('authorization', `Bearer ${token}`);
      const ended = parse(text).filter(
        ({ name, labels }) => name === 'msedb_job_duration_seconds_count' && labels['queue'] === 'webhook-events',
      );
      return Object.fromEntries(ended.map(({ labels, value }) => [labels['outcome'], value]));
    };

    await service.queue('webhook-events').add('drain-notifications', {}, { attempts: 2, backoff: 1 });

    await expect.poll(outcomes).toMatchObject({ retried: 1, failed: 1 });
  });

  it.each([
    {},
    { authorization: `Bearer ${token}x` },
    { authorization: `Basic ${token}` },
    { authorization: 'Bearer ' },
  ])('are refused to a request with %o, even from this machine', async (headers) => {
    const reply = await service.http.get('/metrics').set(headers);

    expect([reply.status, reply.body]).toMatchObject([401, { error: { code: 'metrics_token' } }]);
    expect(reply.headers['www-authenticate']).toBe('Bearer');
    expect(reply.text).not.toContain('msedb_');
  });

  it('of a worker stand beside its health, and nothing else answers', async () => {
    const health = await service.http.get('/health');
    const api = await service.http.get('/api/mailboxes');
    const board = await service.http.get('/admin/queues').set('accept', 'text/html');

    expect([health.status, health.body]).toMatchObject([200, { status: 'healthy', role: 'worker' }]);
    expect([api.status, board.status]).toEqual([404, 404]);
  });
});
