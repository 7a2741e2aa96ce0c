import { describe, expect, it, vi } from 'vitest';
import { Health, type HealthProbes } from './health.ts';

function build(probes: Partial<HealthProbes> = {}) {
  const time = { now: 1_000_000 };
  const state = { stopping: false };
  const working = {
    pingMongo: vi.fn(async () => 'ok'),
    pingRedis: vi.fn(async () => 'PONG'),
    countJobs: vi.fn(async () => ({ 'delta-sync': { waiting: 2 } })),
  };
  const health = new Health({
    details: async () => ({
      notifications: { publicAddress: null, note: 'none' },
      mailboxes: null,
      graphIsAheadBySeconds: null,
    }),
    probes: { ...working, ...probes },
    version: '1.2.3',
    role: 'worker',
    isStopping: () => state.stopping,
    clock: () => time.now,
  });
  return { health, time, state, working };
}

describe('Health', () => {
  it('is healthy when both stores answer', async () => {
    const { health } = build();

    expect(await health.report()).toMatchObject({
      status: 'healthy',
      version: '1.2.3',
      role: 'worker',
      timestamp: new Date(1_000_000).toISOString(),
      services: { mongodb: { state: 'up' }, redis: { state: 'up' } },
      queues: { 'delta-sync': { waiting: 2 } },
    });
  });

  it.each(['pingMongo', 'pingRedis'] as const)('is degraded when %s fails', async (probe) => {
    const { health } = build({ [probe]: () => Promise.reject(new Error('away')) });

    expect((await health.report()).status).toBe('degraded');
  });

  it('tells the details to admins only', async () => {
    const { health } = build();

    expect(await health.report()).not.toHaveProperty('details');
    expect(await health.report('admin')).toHaveProperty('details.notifications.publicAddress', null);
  });

  it('is degraded while the service stops', async () => {
    const { health, state } = build();

    state.stopping = true;

    expect((await health.report()).status).toBe('degraded');
  });

  it('asks the stores once for a hundred questions, and again a second later', async () => {
    const { health, time, working } = build();

    await Promise.all(Array.from({ length: 100 }, () => health.report()));
    expect(working.pingMongo).toHaveBeenCalledTimes(1);
    expect(working.pingRedis).toHaveBeenCalledTimes(1);

    time.now += 1_000;
    await health.report();
    expect(working.pingMongo).toHaveBeenCalledTimes(2);
  });

  it('does not ask for job counts again while Redis still owes an answer', async () => {
    const countJobs = vi.fn(() => new Promise<never>(() => undefined));
    const { health, time } = build({ countJobs });

    const first = await health.report();
    time.now += 1_000;
    await health.report();

    expect(first.queues).toBeNull();
    expect(countJobs).toHaveBeenCalledTimes(1);
  });
});
