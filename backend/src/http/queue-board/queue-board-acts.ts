import { AsyncLocalStorage } from 'node:async_hooks';
import type { BoardHooks } from '@bull-board/api/typings/app';
import type { RequestHandler } from 'express';
import { AppError, toError } from '../../lib/errors.ts';
import { redact } from '../../lib/redact.ts';
import { callerOf } from '../authenticate.ts';

/** A change that admins may make on the board. */
export interface BoardAct {
  readonly kind: 'job_retried' | 'job_promoted';
  readonly queue: string;
  readonly jobId: string;
}

/** The changes of one job, by the route with which bull-board names the handler that makes them. */
const allowedActs: ReadonlyMap<string, BoardAct['kind']> = new Map([
  ['put /api/queues/:queueName/:jobId/retry', 'job_retried'],
  ['put /api/queues/:queueName/:jobId/promote', 'job_promoted'],
]);

/** A request to the board. */
interface BoardRequest {
  readonly userId: string;
  /** Set once the request is refused. */
  refusal?: Error;
}

const current = new AsyncLocalStorage<BoardRequest>();

/**
 * Returns the hook that bull-board calls before each of its handlers: reads pass, a retry or promotion of one job is
 * recorded and passes, and every other change is refused. Mount `guardBoard` before the board.
 * @param record called before the act is made; if it throws, the act is not made
 */
export function createBoardHooks(record: (act: BoardAct, userId: string) => Promise<void>): BoardHooks {
  return {
    before: async ({ method, route, request: { params } }) => {
      if (method === 'get') return { allow: true };
      const asked = current.getStore();
      const kind = allowedActs.get(`${method} ${route}`);
      const { queueName: queue, jobId } = params;
      try {
        if (asked === undefined || kind === undefined || queue === undefined || jobId === undefined) throw readOnly();
        await record({ kind, queue, jobId }, asked.userId);
        return { allow: true };
      } catch (error) {
        if (asked !== undefined) asked.refusal = toError(error);
        return { allow: false, status: 405 };
      }
    },
  };
}

function readOnly(): AppError {
  const message = 'The board changes nothing but one job at a time: retry a failed job, or promote a delayed one';
  return new AppError(405, 'read_only_board', message);
}

/**
 * Lets the hook know who asks, answers its refusals as all others of this service, and masks addresses, tokens and other
 * secrets in what the board shows of jobs: their errors carry texts of others.
 */
export const guardBoard: RequestHandler = (_request, response, next) => {
  const asked: BoardRequest = { userId: callerOf(response).userId };
  const sendJson = response.json.bind(response);
  response.json = (body: unknown) => {
    response.json = sendJson;
    if (asked.refusal === undefined) return sendJson(redact(body));
    next(asked.refusal);
    return response;
  };
  current.run(asked, () => next());
};
