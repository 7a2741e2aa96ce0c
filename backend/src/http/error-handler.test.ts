import express from 'express';
import mongoose from 'mongoose';
import supertest from 'supertest';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../lib/errors.ts';
import { readMetrics } from '../lib/metrics.ts';
import { errorHandler } from './error-handler.ts';
import { requestId } from './request-id.ts';

function build(thrown: unknown) {
  const logger = { error: vi.fn(), warn: vi.fn(), info: vi.fn(), debug: vi.fn() };
  const app = express();
  app.use(requestId());
  app.get('/', async () => {
    throw thrown;
  });
  app.use(errorHandler(logger));
  return { http: supertest(app), logger };
}

describe('errorHandler', () => {
  it('answers a fault of ours with 500, without a stack or its message, and logs it', async () => {
    const { http, logger } = build(new Error('the database said hush'));

    const reply = await http.get('/').set('x-request-id', 'r-1');

    expect(reply.status).toBe(500);
    expect(reply.body).toEqual({
      error: { code: 'internal', message: expect.not.stringContaining('hush'), requestId: 'r-1' },
    });
    expect(logger.error).toHaveBeenCalledWith('Request failed', {
      error: expect.objectContaining({ message: 'the database said hush' }),
    });
  });

  it('does not pass on the status of an error of somebody else', async () => {
    const graphSays = Object.assign(new Error('Graph says 404'), { status: 404 });

    expect((await build(graphSays).http.get('/')).status).toBe(500);
  });

  it('answers a lost connection to MongoDB with 503, as it passes', async () => {
    const reply = await build(new mongoose.mongo.MongoNetworkError('connection 7 to 10.0.0.9 closed')).http.get('/');

    expect([reply.status, reply.body]).toMatchObject([503, { error: { code: 'store_unavailable' } }]);
    expect(reply.body.error.message).not.toContain('10.0.0.9');
  });

  it('answers a path that cannot be decoded with 400', async () => {
    expect((await build(new URIError('malformed')).http.get('/')).status).toBe(400);
  });

  it('answers what is no Error with 500 too', async () => {
    expect((await build('just text').http.get('/')).status).toBe(500);
  });

  it('answers an AppError with its own status, code and message, and logs nothing', async () => {
    const { http, logger } = build(new AppError(409, 'conflict', 'The pattern is approved already'));

    const reply = await http.get('/');

    expect(reply.status).toBe(409);
    expect(reply.body.error).toMatchObject({ code: 'conflict', message: 'The pattern is approved already' });
    expect(logger.error).not.toHaveBeenCalled();
  });

  it('names the fields that are refused', async () => {
    const fields = [{ path: ['conditions', 'senderEmail'], message: 'must be an address' }];
    const reply = await build(new AppError(400, 'invalid_request', 'No', { fields })).http.get('/');

    expect(reply.body.error).toMatchObject({ code: 'invalid_request', fields });
  });

  it.each(['csrf', 'wrong_browser', 'admins_only'])(
    'warns once of many refusals with %s, and names nobody',
    async (code) => {
      const { http, logger } = build(new AppError(403, code, 'No: eve@contoso.example'));

      for (let times = 0; times < 20; times += 1) await http.get('/');

      expect(logger.warn.mock.calls).toEqual([['Request refused', { source: code, code, method: 'GET' }]]);
      expect(await readMetrics()).toMatch(new RegExp(`msedb_refused_requests_total\\{code="${code}"\\} 20`));
    },
  );
});
