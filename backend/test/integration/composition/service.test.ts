import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueNames } from '../../../src/jobs/registry.ts';
import { addJob, startTestService, type TestService } from '../../harness/service.ts';

describe('the running service', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  it('says that it is healthy, with both stores and all queues', async () => {
    await expect.poll(async () => (await service.http.get('/health')).status).toBe(200);

    const reply = await service.http.get('/health');

    expect(reply.body).toMatchObject({
      status: 'healthy',
      uptime: expect.any(Number),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      services: {
        mongodb: { state: 'up', ms: expect.any(Number) },
        redis: { state: 'up', ms: expect.any(Number) },
      },
    });
    expect(Object.keys(reply.body.queues).toSorted()).toEqual(queueNames.toSorted());
    expect(reply.body.queues['pattern-analysis']).toMatchObject({ waiting: 0, active: 0, delayed: 1, failed: 0 });
  });

  it('says that it is alive', async () => {
    const reply = await service.http.get('/health/live');

    expect([reply.status, reply.body]).toEqual([200, { status: 'alive' }]);
  });

  it('has built its indexes before it listens', async () => {
    const indexes = await mongoose.connection.collection('stagedemails').indexes();

    expect(indexes.map(({ name }) => name)).toContain('expiresAt_1');
  });

  it.each(queueNames)('processes a job put on %s', async (name) => {
    const queue = service.queue(name);

    const job = await addJob(queue, name);

    await expect.poll(() => job.getState()).toBe('completed');
  });

  it('fails a job with an unknown name at once, and says why', async () => {
    const queue = service.queue('delta-sync');

    const { id = '' } = await addJob(queue, 'delta-sync', 'mistyped');

    await expect.poll(async () => (await queue.getJob(id))?.failedReason).toContain('mistyped');
    expect(await (await queue.getJob(id))?.isFailed()).toBe(true);
  });

  it('answers an unknown path with 404 in the one error shape', async () => {
    const reply = await service.http.get('/no/such/path');

    expect(reply.status).toBe(404);
    expect(reply.body).toEqual({
      error: {
        code: 'not_found',
        message: 'GET /no/such/path does not exist',
        requestId: reply.headers['x-request-id'],
      },
    });
  });

  it('answers malformed JSON with 400', async () => {
    const reply = await service.http.post('/webhooks/graph').set('content-type', 'application/json').send('{"a":');

    expect([reply.status, reply.body.error.code]).toEqual([400, 'malformed_json']);
  });

  it('answers a body over 1 MB with 413', async () => {
    const reply = await service.http.post('/webhooks/graph').send({ text: 'x'.repeat(1_100_000) });

    expect([reply.status, reply.body.error.code]).toEqual([413, 'too_large']);
  });

  it('takes the request id it is given, and makes one where the given one is unfit', async () => {
    const given = await service.http.get('/health/live').set('x-request-id', 'abc-123');
    const unfit = await service.http.get('/health/live').set('x-request-id', 'a b\tc');

    expect(given.headers['x-request-id']).toBe('abc-123');
    expect(unfit.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it('sends the headers of helmet and does not name its framework', async () => {
    const { headers } = await service.http.get('/health/live');

    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
    expect(headers).not.toHaveProperty('x-powered-by');
  });
});
