import type { Request, RequestHandler } from 'express';
import { AppError } from '../../lib/errors.ts';
import { redact } from '../../lib/redact.ts';
import { isRead } from '../authenticate.ts';

/** A change that admins may make on the board. */
export interface BoardAct {
  readonly kind: 'job_retried' | 'job_promoted';
  readonly queue: string;
  readonly jobId: string;
}

/**
 * One job of one queue. Ids of jobs have a digit, and words such as clean and retry, which name acts upon whole queues in
 * the same place, have none.
 */
const act = /^\/api\/queues\/([\w-]{1,100})\/(?=\D{0,300}\d)([\w:.%-]{1,300})\/(retry|promote)$/;

/**
 * Returns the change of one job that a request makes; undefined for a read.
 * @throws AppError 405 read_only_board for every other write
 */
export function allowedAct(request: Pick<Request, 'method' | 'path'>): BoardAct | undefined {
  if (isRead(request)) return undefined;
  const [, queue, jobId, verb] = (request.method === 'PUT' && act.exec(request.path)) || [];
  if (queue !== undefined && jobId !== undefined)
    return { kind: verb === 'retry' ? 'job_retried' : 'job_promoted', queue, jobId };
  throw new AppError(
    405,
    'read_only_board',
    'The board changes nothing but one job at a time: retry a failed job, or promote a delayed one',
  );
}

/** Masks addresses, tokens and other secrets in what the board shows of jobs: their errors carry texts of others. */
export const hideForeignText: RequestHandler = (_request, response, next) => {
  const sendJson = response.json.bind(response);
  response.json = (body: unknown) => sendJson(redact(body));
  next();
};
