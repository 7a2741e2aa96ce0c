import { describe, expect, it } from 'vitest';
import { Secret } from '../lib/secret.ts';
import { getQueueConnectionConfig, getWorkerConnectionConfig, reconnectDelayMs } from './redis.ts';

describe('reconnectDelayMs', () => {
  it.each([
    [1, 200, 400],
    [2, 400, 800],
    [3, 800, 1_600],
    [4, 1_000, 2_000],
    [50, 1_000, 2_000],
    [5_000, 1_000, 2_000],
  ])('waits before try %i between %i and %i ms', (times, least, most) => {
    expect(reconnectDelayMs(times, () => 0)).toBe(least);
    expect(reconnectDelayMs(times, () => 1)).toBe(most);
  });
});

describe('connection settings for BullMQ', () => {
  const settings = { host: 'redis.example', port: 6380, password: new Secret('hush') };

  it('lets a command on a queue fail while Redis is away', () => {
    expect(getQueueConnectionConfig(settings)).toMatchObject({
      host: 'redis.example',
      port: 6380,
      password: 'hush',
      enableOfflineQueue: false,
    });
  });

  it('lets a worker wait for as long as Redis is away', () => {
    expect(getWorkerConnectionConfig(settings)).toMatchObject({ host: 'redis.example', maxRetriesPerRequest: null });
  });
});
