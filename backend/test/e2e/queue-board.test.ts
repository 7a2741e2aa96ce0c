import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hourMs } from '../../src/lib/durations.ts';
import { Accounts } from '../harness/accounts.ts';
import type { Browser } from '../harness/browser.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

const path = '/admin/queues';
const queuesAnswer = z.object({ queues: z.array(z.object({ name: z.string() })) });

/** A write, with the headers by which a browser tells which page sends it. */
function promote(browser: Browser, headers: Record<string, string>, jobId: string) {
  return browser.once(`${path}/api/queues/token-refresh/${jobId}/promote`, { method: 'PUT', headers });
}

describe('the board of the queues', () => {
  let it365: ConnectedService;
  let accounts: Accounts;
  let ada: Browser;
  beforeAll(async () => {
    it365 = await startConnectedService();
    accounts = await Accounts.start(it365);
    ada = await it365.signedIn(admin);
  });
  afterAll(async () => {
    await accounts[Symbol.asyncDispose]();
    await it365[Symbol.asyncDispose]();
  });

  /** A job that waits for an hour. */
  const delayedJob = () => it365.service.queue('token-refresh').add('refresh-mailbox-tokens', {}, { delay: hourMs });

  it('is a page for admins that needs nothing but its own files', async () => {
    const page = await ada.once(path, { headers: { accept: 'text/html' } });

    expect(page.status).toBe(200);
    const html = z.string().parse(page.body);
    expect(html).toContain(`<base href="${path}/"`);
    const files = [...html.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect([file, (await ada.once(`${path}/${file}`)).status]).toEqual([file, 200]);
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toContain('https:');
    expect(page.headers.has('x-powered-by')).toBe(false);
  });

  it('shows every queue', async () => {
    const { body } = await ada.once(`${path}/api/queues`);

    expect(queuesAnswer.parse(body).queues.map(({ name }) => name)).toEqual([
      'webhook-renewal',
      'delta-sync',
      'pattern-analysis',
      'staging-processor',
      'token-refresh',
      'webhook-events',
    ]);
  });

  it('sends a browser that nobody has signed in with to do so, and lets it come back', async () => {
    const nobody = it365.browser();
    const page = await nobody.once(path, { headers: { accept: 'text/html' } });
    const call = await nobody.once(`${path}/api/queues`);
    const script = await nobody.once(`${path}/static/js/main.js`);

    expect([page.status, page.headers.get('location')]).toEqual([302, '/auth/login?returnTo=%2Fadmin%2Fqueues']);
    expect([call.status, call.body]).toMatchObject([401, { error: { code: 'not_signed_in' } }]);
    expect(script.status).toBe(401);
  });

  it('is not for people who are no admins', async () => {
    const dora = await accounts.join('dora@contoso.example');
    const page = await dora.once(path, { headers: { accept: 'text/html' } });
    const job = await delayedJob();
    const write = await promote(dora, { origin: it365.url, 'sec-fetch-site': 'same-origin' }, job.id ?? '');

    expect([page.status, page.body]).toMatchObject([403, { error: { code: 'admins_only' } }]);
    expect(write.status).toBe(403);
    expect(await job.getState()).toBe('delayed');
  });

  it.each([
    {},
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'null' },
    { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' },
    { origin: 'http://localhost:1', 'sec-fetch-site': 'same-site' },
    { origin: 'http://localhost:1' },
  ])('takes no write from a page of another origin: %o', async (headers) => {
    const job = await delayedJob();
    const reply = await promote(ada, headers, job.id ?? '');

    expect([reply.status, reply.body]).toMatchObject([403, { error: { code: 'csrf' } }]);
    expect(await job.getState()).toBe('delayed');
  });

  it('takes no write that says it is ours but comes from another site', async () => {
    const job = await delayedJob();
    const reply = await promote(ada, { origin: it365.url, 'sec-fetch-site': 'cross-site' }, job.id ?? '');

    expect(reply.status).toBe(403);
  });

  it('takes the writes of its own page', async () => {
    const job = await delayedJob();
    const reply = await promote(ada, { origin: it365.url, 'sec-fetch-site': 'same-origin' }, job.id ?? '');

    expect(reply.status).toBe(204);
    expect(await job.getState()).not.toBe('delayed');
  });

  it('shows of a job nothing but ids and counts', async () => {
    const jobs = z.object({ queues: z.array(z.object({ jobs: z.array(z.object({ data: z.unknown() })) })) });
    await expect.poll(() => it365.service.queue('delta-sync').getCompletedCount()).toBeGreaterThan(0);

    const { body } = await ada.once(`${path}/api/queues?activeQueue=delta-sync&status=completed&page=1`);

    const shown = jobs.parse(body).queues.flatMap((queue) => queue.jobs);
    expect(shown.length).toBeGreaterThan(0);
    expect(JSON.stringify(shown.map(({ data }) => data))).toMatch(/^\[(?:\{("mailboxId":"[0-9a-f]{24}")?\},?)+\]$/);
    expect(JSON.stringify(body)).not.toMatch(/@contoso|eyJ|0\.A/);
  });
});
