import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startRedisServer } from '../../local/redis-server.ts';
import { User } from '../../src/models/index.ts';
import { Accounts } from '../harness/accounts.ts';
import { Browser } from '../harness/browser.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

const refusal = {
  error: { code: 'too_many_requests', message: expect.any(String), requestId: expect.any(String) },
};

/** How often each status came of a number of requests, one after the other. */
async function repeat(times: number, browser: Browser, path: string): Promise<Record<string, number>> {
  const statuses = new Map<number, number>();
  for (let at = 0; at < times; at += 1) {
    const { status } = await browser.once(path);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  return Object.fromEntries(statuses);
}

function retryAfter(answer: { headers: Headers }): number {
  return Number(answer.headers.get('retry-after'));
}

describe('the rate limits', () => {
  let it365: ConnectedService;
  let accounts: Accounts;
  beforeAll(async () => {
    it365 = await startConnectedService();
    accounts = await Accounts.start(it365);
  });
  afterAll(async () => {
    await accounts[Symbol.asyncDispose]();
    await it365[Symbol.asyncDispose]();
  });

  it('let a client send 100 requests of sign-in a minute, and leave other clients alone', async () => {
    const browser = it365.browser();

    expect(await repeat(100, browser, '/auth/login')).toEqual({ 302: 100 });
    const refused = await browser.once('/auth/login');

    expect([refused.status, refused.body]).toEqual([429, refusal]);
    expect(retryAfter(refused)).toBeGreaterThan(0);
    expect(retryAfter(refused)).toBeLessThanOrEqual(60);
    expect((await it365.browser().once('/auth/login')).status).toBe(302);
  });

  it('let 20 colleagues behind one address sign in within a minute', async () => {
    const colleagues = Array.from({ length: 20 }, () => new Browser(it365.url, '10.20.30.40'));

    const statuses: number[] = [];
    for (const browser of colleagues) statuses.push((await browser.signIn(admin)).status);

    expect(statuses).toEqual(colleagues.map(() => 200));
  });

  it('let a person read 600 times a minute, in however many browsers, and leave others alone', async () => {
    const bea = await accounts.join('bea@contoso.example');
    const alsoBea = await it365.signedIn('bea@contoso.example');
    const { _id } = await User.findOne({ email: 'bea@contoso.example' }).lean().orFail();
    const used = Number(await accounts.redis.get(`limit:reads:${_id.toString()}`));

    expect(await repeat(400, bea, '/api/mailboxes')).toEqual({ 200: 400 });
    expect(await repeat(200 - used, alsoBea, '/api/mailboxes')).toEqual({ 200: 200 - used });
    const refused = await bea.once('/api/mailboxes');

    expect([refused.status, refused.body]).toEqual([429, refusal]);
    expect(retryAfter(refused)).toBeGreaterThan(0);
    expect((await alsoBea.write('PATCH', '/api/me/preferences', {})).status).toBe(200);
    expect((await (await it365.signedIn(admin)).once('/api/mailboxes')).status).toBe(200);
  });

  it('let a person write 100 times a minute, and read on', async () => {
    const carl = await accounts.join('carl@contoso.example');
    const write = async () => (await carl.write('PATCH', '/api/me/preferences', {})).status;

    for (let at = 0; at < 100; at += 1) expect(await write()).toBe(200);

    expect(await write()).toBe(429);
    expect((await carl.once('/api/mailboxes')).status).toBe(200);
  });

  it('count requests of nobody in particular, without locking out a colleague behind the same address', async () => {
    const [stranger, colleague] = [new Browser(it365.url, '10.50.60.70'), new Browser(it365.url, '10.50.60.70')];
    await colleague.signIn(admin);

    expect(await repeat(150, stranger, '/api/mailboxes')).toEqual({ 401: 150 });
    expect(await repeat(100, stranger, '/nowhere')).toEqual({ 404: 100 });
    expect(await repeat(49, stranger, '/api/openapi.json')).toEqual({ 200: 49 });
    expect((await stranger.once('/admin/queues')).status).toBe(401);
    const refused = [];
    for (const path of ['/api/mailboxes', '/nowhere', '/api/openapi.json', '/api/docs/', '/admin/queues']) {
      refused.push((await stranger.once(path)).status);
    }

    expect(refused).toEqual([429, 429, 429, 429, 429]);
    expect((await colleague.once('/api/mailboxes')).status).toBe(200);
    expect((await it365.browser().once('/api/mailboxes')).status).toBe(401);
  });

  it('do not hold for whoever watches over the process', async () => {
    expect(await repeat(400, it365.browser(), '/health/live')).toEqual({ 200: 400 });
  });

  it('hold in each process while Redis is frozen or gone, and for all together when it is back', async () => {
    const ada = await it365.signedIn(admin);
    const [stranger, another] = [it365.browser(), it365.browser()];
    const { redis } = it365.service;

    redis.freeze();
    const startedAt = performance.now();
    expect(await repeat(101, another, '/auth/login')).toEqual({ 302: 100, 429: 1 });
    expect(performance.now() - startedAt).toBeLessThan(101 * 100); // it is asked once a second, not for every request
    redis.thaw();
    await redis.kill();
    expect(await repeat(101, stranger, '/auth/login')).toEqual({ 302: 100, 429: 1 });
    expect(await repeat(5, ada, '/api/mailboxes')).toEqual({ 200: 5 });

    const dir = await mkdtemp(join(tmpdir(), 'msedb-redis-'));
    const anew = await startRedisServer({ command: inject('redisCommand'), dir, port: redis.port });
    const fresh = it365.browser();
    const counted = async () => {
      await fresh.once('/auth/login');
      const connection = new Redis(redis.port, '127.0.0.1', { retryStrategy: () => null });
      connection.on('error', () => undefined); // Redis is about to start
      const keys = await connection.keys('limit:auth:*');
      connection.disconnect();
      return keys.length;
    };
    await expect.poll(counted).toBe(1);
    await anew.stop();
    await rm(dir, { recursive: true, force: true });
  });
});
