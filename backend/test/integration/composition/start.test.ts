import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../../harness/service-process.ts';
import { ProxiedStores } from '../../harness/stores.ts';

describe('the start', () => {
  let stores: ProxiedStores | undefined;
  afterEach(async () => {
    await stores?.[Symbol.asyncDispose]();
    stores = undefined;
  });

  it('goes through MongoDB, Redis, schedulers and workers before it listens, and logs each with its time', async () => {
    stores = await ProxiedStores.start();

    const service = await stores.launchReady();

    const steps = service.messages.filter((message) => /^(Started: |Listening)/.test(message));
    expect(steps).toEqual([
      'Started: MongoDB connected',
      'Started: MongoDB indexes built',
      'Started: Redis connected',
      'Started: stores compared',
      'Started: interrupted decisions recovered',
      'Started: recurring jobs registered',
      'Started: workers running',
      'Started: HTTP listening',
      'Listening',
    ]);
    expect(service.lines.find((line) => line.includes('Started: Redis'))).toMatch(/"ms":\d+/);
    expect(service.lines.filter((line) => /scheduler/i.test(line))).toHaveLength(5);
  });

  it('waits for a MongoDB that comes late, with the port closed, and logs each try', async () => {
    stores = await ProxiedStores.start();
    stores.mongo.cut();
    const service = await stores.launch();

    await service.untilLogged(/MongoDB cannot be reached: retrying.*"attempt":1,"tries":10,.*"retryInMs":1000/);
    await service.untilLogged(/"attempt":2,"tries":10,.*"retryInMs":2000/);
    await expect(fetch(`${service.url}/health`)).rejects.toThrow('fetch failed');
    stores.mongo.restore();

    expect(await service.untilHealth(200)).toBe(200);
  });

  it('waits for a Redis that comes late, and goes on', async () => {
    stores = await ProxiedStores.start();
    stores.redis.cut();
    const service = await stores.launch();

    await service.untilLogged(/Redis cannot be reached: retrying.*"attempt":1,"tries":10/);
    await expect(fetch(`${service.url}/health`)).rejects.toThrow('fetch failed');
    stores.redis.restore();

    expect(await service.untilHealth(200)).toBe(200);
  });

  it.each(['mongo', 'redis'] as const)('is not held by a %s that swallows every byte', async (name) => {
    stores = await ProxiedStores.start();
    stores[name].swallow();
    const service = await stores.launch();

    await service.untilLogged(/cannot be reached: retrying.*"attempt":1/);
    stores[name].restore();

    expect(await service.untilHealth(200)).toBe(200);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends at once with 0 when %s comes while it waits', async (signal) => {
    stores = await ProxiedStores.start();
    stores.mongo.swallow();
    const service = await stores.launch();
    await service.untilLogged(/MongoDB cannot be reached: retrying/);

    service.signal(signal);

    expect(await service.exited()).toBe(0);
    expect(service.messages).not.toContain('Started: MongoDB connected');
  });

  it('refuses a Redis that may evict jobs', async () => {
    stores = await ProxiedStores.start(['--maxmemory-policy', 'allkeys-lru']);

    const service = await stores.launch();

    expect(await service.exited()).toBe(1);
    expect(service.output).toMatch(/maxmemory-policy allkeys-lru.*--maxmemory-policy noeviction/);
    expect(service.messages).toContain('MongoDB disconnected');
  });

  it('goes on with a warning where Redis forbids CONFIG', async () => {
    stores = await ProxiedStores.start(['--rename-command', 'CONFIG', '']);

    const service = await stores.launchReady();

    expect(service.output).toMatch(/"level":"warn","message":"Redis forbids CONFIG/);
  });

  it('does not try ten times with a password that Redis refuses', async () => {
    stores = await ProxiedStores.start(['--requirepass', 'right']);

    const service = await stores.launch({ REDIS_PASSWORD: 'wrong-hush' });

    expect(await service.exited()).toBe(1);
    expect(service.output).toMatch(/refuses the password: set REDIS_PASSWORD/);
    expect(service.output).not.toContain('wrong-hush');
  });

  it('works with the right password', async () => {
    stores = await ProxiedStores.start(['--requirepass', 'right-hush']);

    const service = await stores.launchReady({ REDIS_PASSWORD: 'right-hush' });

    await service.untilHealth(200);
    expect(service.output).not.toContain('right-hush');
  });

  it('says that its port is taken, and closes what was open', async () => {
    stores = await ProxiedStores.start();
    const other = createServer().listen(0);
    await once(other, 'listening');
    const address = other.address();
    const port = address instanceof Object ? address.port : 0;

    const service = await stores.launch({ PORT: String(port) });

    expect(await service.exited()).toBe(1);
    expect(service.output).toContain(`Port ${port} is in use by another process: stop it, or set PORT`);
    expect(service.messages).toEqual(expect.arrayContaining(['workers closed', 'queues closed', 'Redis closed']));
    other.close();
  });

  it('refuses bad settings in one message, before it connects to anything', async () => {
    const service = await ServiceProcess.launch({
      PORT: 'abc',
      MONGODB_URI: 'postgres://user:hush@x',
      REDIS_PORT: '-1',
      LOG_LEVEL: 'shout',
    });

    expect(await service.exited()).toBe(1);
    expect(service.lines).toHaveLength(1);
    for (const name of ['PORT', 'MONGODB_URI', 'REDIS_PORT', 'LOG_LEVEL']) expect(service.output).toContain(name);
    expect(service.output).not.toContain('hush');
  });
});
