import { createRequire } from 'node:module';
import path from 'node:path';
import { Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { limitKeysOf } from '../../src/http/rate-limit.ts';
import { OrgLog, User } from '../../src/models/index.ts';
import { Accounts } from '../harness/accounts.ts';
import type { Browser } from '../harness/browser.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

const board = '/admin/queues';
const load = createRequire(import.meta.url);
const routeTable = z
  .object({ appRoutes: z.object({ api: z.array(z.object({ method: z.string(), route: z.string() })) }) })
  .parse(load(path.join(path.dirname(load.resolve('@bull-board/api')), 'routes.js')));
const writes = routeTable.appRoutes.api.filter(({ method }) => method !== 'get');
const allowed = new Set(['/api/queues/:queueName/:jobId/retry', '/api/queues/:queueName/:jobId/promote']);

let it365: ConnectedService;
let accounts: Accounts;
let ada: Browser;
let origin: Record<string, string>;
beforeAll(async () => {
  it365 = await startConnectedService();
  accounts = await Accounts.start(it365);
  ada = await it365.signedIn(admin);
  origin = { origin: it365.url, 'sec-fetch-site': 'same-origin' };
});
beforeEach(async () => {
  const { _id } = await User.findOne({ email: admin }).lean().orFail();
  await accounts.redis.del(...limitKeysOf(_id.toHexString()));
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

const send = (method: string, address: string) =>
  ada.once(`${board}${address}`, { method: method.toUpperCase(), headers: origin });
const fill = (route: string, jobId: string) =>
  route
    .replace(':queueName', 'token-refresh')
    .replace(':jobId', jobId)
    .replace(':queueStatus', 'completed')
    .replace(':schedulerId', 'token-refresh');

describe('the board of the queues', () => {
  it('knows the routes of the installed version', () => {
    expect(writes.length).toBeGreaterThan(15);
    expect(writes.filter(({ route }) => allowed.has(route))).toHaveLength(2);
  });

  it.each(writes.filter(({ route }) => !allowed.has(route)))('refuses $method $route', async ({ method, route }) => {
    const job = await it365.service.queue('token-refresh').add('refresh-mailbox-tokens', {}, { delay: 3_600_000 });

    const { status, body } = await send(method, fill(route, job.id ?? ''));

    expect([status, body]).toMatchObject([405, { error: { code: 'read_only_board' } }]);
    expect(await job.getState()).toBe('delayed');
    expect(await it365.service.queue('token-refresh').isPaused()).toBe(false);
  });

  it.each([
    ['PUT', '/api/queues/token-refresh/clean/retry', 405],
    ['PUT', '/api/queues/token-refresh/CLEAN/promote', 405],
    ['PUT', '/api/queues/token-refresh/retry/promote', 405],
    ['POST', '/api/queues/token-refresh/1/retry', 404],
    ['DELETE', '/api/queues/token-refresh/1', 404],
  ])('refuses what only looks like a retry: %s %s', async (method, address, status) => {
    expect((await send(method, address)).status).toBe(status);
    expect(await OrgLog.countDocuments({ kind: /^job_/ })).toBe(0);
  });

  it('promotes a job, and records who did', async () => {
    const job = await it365.service.queue('token-refresh').add('refresh-mailbox-tokens', {}, { delay: 3_600_000 });

    const { status } = await send('put', `/api/queues/token-refresh/${job.id}/promote`);

    expect(status).toBe(204);
    await expect.poll(() => job.getState()).not.toBe('delayed');
    expect(await OrgLog.findOne({ kind: 'job_promoted' }).lean()).toMatchObject({
      actor: expect.any(Types.ObjectId),
      details: { queue: 'token-refresh', jobId: job.id },
    });
  });

  it('makes ten changes a minute, and reads go on', async () => {
    const answers: number[] = [];
    for (let count = 1; count <= 11; count += 1) answers.push((await send('put', '/api/queues/pause')).status);

    expect(answers.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 405));
    expect(answers[10]).toBe(429);
    expect((await ada.once(`${board}/api/queues`)).status).toBe(200);
  });

  it('shows neither addresses nor tokens of a job that has them', async () => {
    const data = { mailboxId: 'x', email: 'eve@contoso.example', note: 'Bearer eyJabc.def', refreshToken: '0.AAA' };
    const job = await it365.service.queue('token-refresh').add('refresh-mailbox-tokens', data, { delay: 3_600_000 });

    const { status, body } = await ada.once(`${board}/api/queues/token-refresh/${job.id}`);

    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toMatch(/eve@|eyJ|0\.AAA/);
    expect(JSON.stringify(body)).toContain('"mailboxId":"x"');
  });
});
