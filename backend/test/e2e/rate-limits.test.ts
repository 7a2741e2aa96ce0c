import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startRedisServer } from '../../local/redis-server.ts';
import { User } from '../../src/models/index.ts';
import { Accounts } from '../harness/accounts.ts';
import type { Browser } from '../harness/browser.ts';
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

  it('let a client begin 20 sign-ins a minute, and leave other clients alone', async () => {
    const browser = it365.browser();

    expect(await repeat(20, browser, '/auth/login')).toEqual({ 302: 20 });
    const refused = await browser.once('/auth/login');

    expect([refused.status, refused.body]).toEqual([429, refusal]);
    expect(retryAfter(refused)).toBeGreaterThan(0);
    expect(retryAfter(refused)).toBeLessThanOrEqual(60);
    expect((await it365.browser().once('/auth/login')).status).toBe(302);
  });

  it('let a person call the API 100 times a minute, in however many browsers, and leave others alone', async () => {
    const bea = await accounts.join('bea@contoso.example');
    const alsoBea = await it365.signedIn('bea@contoso.example');
    const { _id } = await User.findOne({ email: 'bea@contoso.example' }).lean().orFail();
    const used = Number(await accounts.redis.get(`limit:api:${_id.toString()}`));

    expect(await repeat(60, bea, '/api/mailboxes')).toEqual({ 200: 60 });
    expect(await repeat(40 - used, alsoBea, '/api/mailboxes')).toEqual({ 200: 40 - used });
    const refused = await bea.once('/api/mailboxes');

    expect([refused.status, refused.body]).toEqual([429, refusal]);
    expect(retryAfter(refused)).toBeGreaterThan(0);
    expect((await alsoBea.write('PATCH', '/api/me/preferences', {})).status).toBe(429);
    expect((await (await it365.signedIn(admin)).once('/api/mailboxes')).status).toBe(200);
  });

  it('do not hold for whoever watches over the process', async () => {
    expect(await repeat(120, it365.browser(), '/health/live')).toEqual({ 200: 120 });
  });

  it('let every request through while Redis is frozen or gone, and count again when it is back', async () => {
    const ada = await it365.signedIn(admin);
    const stranger = it365.browser();
    const { redis } = it365.service;

    redis.freeze();
    expect(await repeat(2, ada, '/api/mailboxes')).toEqual({ 200: 2 });
    redis.thaw();
    await redis.kill();
    expect(await repeat(25, stranger, '/auth/login')).toEqual({ 302: 25 });
    expect(await repeat(5, ada, '/api/mailboxes')).toEqual({ 200: 5 });

    const dir = await mkdtemp(join(tmpdir(), 'msedb-redis-'));
    const anew = await startRedisServer({ command: inject('redisCommand'), dir, port: redis.port });
    await expect.poll(async () => (await stranger.once('/auth/login')).status).toBe(429);
    expect((await it365.browser().once('/auth/login')).status).toBe(302);
    await anew.stop();
    await rm(dir, { recursive: true, force: true });
  });
});
