import { once } from 'node:events';
import { Agent, type ClientRequest, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProxiedStores } from '../../harness/stores.ts';

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
}

describe('the stop', () => {
  let stores: ProxiedStores;
  beforeEach(async () => {
    stores = await ProxiedStores.start();
  });
  afterEach(async () => {
    await stores[Symbol.asyncDispose]();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('closes everything in order on %s and exits with 0', async (signal) => {
    const service = await stores.launchReady();

    service.signal(signal);

    expect(await service.exited()).toBe(0);
    const steps = ['HTTP closed', 'workers closed', 'queues closed', 'MongoDB disconnected', 'Redis closed', 'Stopped'];
    expect(service.messages.filter((message) => steps.includes(message))).toEqual(steps);
  });

  it('is not changed by further signals', async () => {
    const service = await stores.launchReady();

    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT', 'SIGINT'] as const) service.signal(signal);

    expect(await service.exited()).toBe(0);
    expect(service.messages.filter((message) => message === 'Stopped')).toHaveLength(1);
  });

  it('is not held by a client that keeps its connection open', async () => {
    const service = await stores.launchReady();
    const agent = new Agent({ keepAlive: true });
    await text(await answerTo(get(`${service.url}/health/live`, { agent })));

    service.signal('SIGTERM');

    expect(await service.exited()).toBe(0);
    agent.destroy();
  });

  it('answers what is in flight whole, as 503 and on a connection that closes', async () => {
    const service = await stores.launchReady();
    stores.mongo.swallow(); // /health now takes its two seconds
    const agent = new Agent({ keepAlive: true });
    const request = get(`${service.url}/health`, { agent, headers: { Expect: '100-continue' } });
    const answered = answerTo(request);
    await once(request, 'continue'); // the service has the request

    service.signal('SIGTERM');
    const reply = await answered;
    const body: unknown = JSON.parse(await text(reply));

    expect(reply.statusCode).toBe(503);
    expect(body).toMatchObject({ status: 'degraded', stopping: true, services: { mongodb: { state: 'down' } } });
    expect(await service.exited()).toBe(0);
    agent.destroy();
  });

  it.each([
    ['mongo', 'cut'],
    ['mongo', 'swallow'],
    ['redis', 'cut'],
    ['redis', 'swallow'],
  ] as const)('ends with %s gone (%s)', async (store, fault) => {
    const service = await stores.launchReady();
    stores[store][fault]();
    await service.untilHealth(503);

    service.signal('SIGTERM');

    expect(await service.exited()).toBe(0);
    expect(service.messages.at(-1)).toBe('Stopped');
  });

  it.each([
    ['SIGUSR2', 'unhandledRejection', 'planted rejection'],
    ['SIGPIPE', 'uncaughtException', 'planted exception'],
  ] as const)('follows an error that nobody caught (%s: %s) with exit code 1', async (signal, kind, message) => {
    const service = await stores.launchReady();

    service.signal(signal);

    expect(await service.exited()).toBe(1);
    expect(service.output).toMatch(new RegExp(`"kind":"${kind}".*|${message}`));
    expect(service.messages).toEqual(expect.arrayContaining(['workers closed', 'Redis closed', 'Stopped']));
  });
});
