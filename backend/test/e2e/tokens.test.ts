import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueNames } from '../../src/jobs/registry.ts';
import { hourMs, minuteMs } from '../../src/lib/durations.ts';
import { Mailbox, Notification } from '../../src/models/index.ts';
import { type MicrosoftConnection, connectMicrosoft } from '../../src/composition/microsoft.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { getMe } from '../harness/graph-requests.ts';
import { refusalContext } from '../harness/refusal-context.ts';
import { addJob } from '../harness/service.ts';

const mailbox = async () => {
  const row = await Mailbox.findOne({ email: admin }).lean();
  if (row === null) throw new Error('There is no mailbox');
  return row;
};
/** Makes the access token look as if it ended before the next round. */
const makeDue = () => Mailbox.updateOne({ email: admin }, { $set: { 'encryptedTokens.expiresAt': new Date() } });

describe('the tokens of a connected mailbox', () => {
  let it365: ConnectedService;
  let redis: Redis;
  let connection: MicrosoftConnection;
  beforeAll(async () => {
    it365 = await startConnectedService();
    redis = new Redis(it365.service.redis.port, '127.0.0.1');
    const made = connectMicrosoft(it365.service.config, redis, refusalContext);
    if (made === undefined) throw new Error('The service is not connected');
    connection = made;
    await it365.signedIn(admin);
  });
  afterAll(async () => {
    redis.disconnect();
    await it365[Symbol.asyncDispose]();
  });

  const runRound = async () => {
    await addJob(it365.service.queue('token-refresh'), 'token-refresh');
  };
  const signal = new AbortController().signal;
  const callGraph = async () => connection.graphOf((await mailbox())._id.toString()).send(getMe(), { signal });

  it('are renewed by the scheduled job before they end', async () => {
    const { msalCacheVersion } = await mailbox();
    await makeDue();

    await runRound();

    await expect.poll(async () => (await mailbox()).msalCacheVersion).toBeGreaterThan(msalCacheVersion);
    expect((await mailbox()).encryptedTokens?.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 30 * minuteMs);
  });

  it('open Graph, also after the access token has ended', async () => {
    expect(await callGraph()).toMatchObject({ userPrincipalName: admin });

    it365.microsoft.clock.advance(2 * hourMs);

    expect(await callGraph()).toMatchObject({ userPrincipalName: admin });
  });

  it('survive a storm of 429, 5xx and resets at Graph', async () => {
    const { faults } = it365.microsoft;
    const struck = [
      faults.add({ kind: 429, target: 'graph', times: 1, retryAfterSeconds: 1 }),
      faults.add({ kind: 503, target: 'graph', times: 1, retryAfterSeconds: 1, retryAfterAsDate: true }),
      faults.add({ kind: 'reset', target: 'graph', times: 1 }),
    ];

    expect(await callGraph()).toMatchObject({ userPrincipalName: admin });

    expect(struck.map((count) => count())).toEqual([1, 1, 1]);
  });

  it('are not given up when the sign-in service fails, and renewed when it works again', async () => {
    const { msalCacheVersion } = await mailbox();
    const struck = it365.microsoft.faults.add({ kind: 503, target: 'login' });
    await makeDue();

    await runRound();
    await expect.poll(struck).toBeGreaterThan(0);
    expect((await mailbox()).isConnected).toBe(true);
    it365.microsoft.faults.clear();

    await expect.poll(async () => (await mailbox()).msalCacheVersion).toBeGreaterThan(msalCacheVersion);
  });

  it('are given up once when the grant is dead, with one notification; connecting again heals, and keeps the mailbox', async () => {
    const before = await mailbox();
    it365.microsoft.grants.revoke(it365.microsoft.people.get(admin), 'invalid_grant');
    await makeDue();

    await runRound();
    await expect.poll(async () => (await mailbox()).isConnected).toBe(false);
    await runRound();
    await runRound();

    expect(await mailbox()).toMatchObject({ disconnectReason: 'sign_in_required' });
    const told = await Notification.find({ userId: before.userId }).lean();
    expect(told).toMatchObject([{ type: 'system', priority: 'high' }]);

    await it365.signedIn(admin);

    expect(await mailbox()).toMatchObject({ _id: before._id, isConnected: true });
    expect(await callGraph()).toMatchObject({ userPrincipalName: admin });
  });

  it('leave no failed job behind', async () => {
    const failed = await Promise.all(queueNames.map((name) => it365.service.queue(name).getFailedCount()));

    expect(failed.every((count) => count === 0)).toBe(true);
  });
});
