import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { type BoardAct, createBoardHooks, guardBoard } from './queue-board-acts.ts';

const retry = { method: 'put', route: '/api/queues/:queueName/:jobId/retry' } as const;
const params = { queueName: 'token-refresh', jobId: '1' };
const asked = { ...retry, request: { params, queues: new Map(), query: {}, uiConfig: {}, headers: {}, body: {} } };

const fail: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(500).send(String(error));
};

/** Answers with what the hook says to a retry that an admin asks for. */
function boardWith(record: (act: BoardAct, userId: string) => Promise<void>, guard: RequestHandler = guardBoard) {
  const hooks = createBoardHooks(record);
  const app = express()
    .use((_request, response, next) => {
      response.locals['caller'] = { userId: 'ada' };
      next();
    })
    .use(guard)
    .put('/', async (_request, response) => {
      response.json(await hooks.before?.(asked));
    })
    .use(fail);
  return request(app).put('/');
}

describe('the hook of the board', () => {
  it('records a change before it is made, with who asked for it', async () => {
    const acts: unknown[] = [];

    const { status, body } = await boardWith(async (act, userId) => void acts.push({ ...act, userId }));

    expect([status, body]).toEqual([200, { allow: true }]);
    expect(acts).toEqual([{ kind: 'job_retried', queue: 'token-refresh', jobId: '1', userId: 'ada' }]);
  });

  it('lets no change through that cannot be recorded', async () => {
    const { status, text } = await boardWith(() => Promise.reject(new Error('the store is away')));

    expect([status, text]).toEqual([500, 'Error: the store is away']);
  });

  it('lets no change through of which nobody knows who asked for it', async () => {
    const { body } = await boardWith(
      async () => undefined,
      (_request, _response, next) => next(),
    );

    expect(body).toMatchObject({ allow: false });
  });
});
