import type { Queue } from 'bullmq';
import type { Express, RequestHandler } from 'express';
import { Types } from 'mongoose';
import type { Logger } from '../../lib/logger.ts';
import { recordOrgEntry } from '../../models/store/org-log.ts';
import { foreignPagePolicy } from '../content-policy.ts';
import type { Cookies } from '../cookies.ts';
import { createBoardHooks, guardBoard } from './queue-board-acts.ts';
import { requireBoardAdmin, requireSameOrigin } from './queue-board-guard.ts';
import type { RouteContext } from '../route.ts';

const boardPath = '/admin/queues';

export interface QueueBoardOptions {
  readonly cookies: Cookies;
  /** The origin at which browsers reach the service. */
  readonly appUrl: string;
  readonly queues: readonly Queue[];
  readonly logger: Logger;
}

/** Mounts bull-board, a page on which admins see the queues and their jobs, retry failed ones and promote delayed ones. */
export function mountQueueBoard({ router, limits }: RouteContext, options: QueueBoardOptions): void {
  let board: Promise<RequestHandler> | undefined;
  const show: RequestHandler = async (request, response, next) => {
    board ??= createBoard(options); // loaded on first use: most processes never show it
    (await board)(request, response, next);
  };
  router.use(
    boardPath,
    requireBoardAdmin(options.cookies, limits.strangers),
    limits.person,
    requireSameOrigin(options.appUrl),
    limits.boardActs,
    guardBoard,
    foreignPagePolicy('self'),
    show,
  );
}

async function createBoard({ queues, logger }: QueueBoardOptions): Promise<RequestHandler> {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]);
  const handlerHooks = createBoardHooks(async ({ kind, ...details }, userId) => {
    await recordOrgEntry({ kind, by: new Types.ObjectId(userId), details });
    logger.info('Admin changes a queue', { act: kind, ...details, userId });
  });
  const serverAdapter = new ExpressAdapter().setBasePath(boardPath);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'MSEDB queues' }, handlerHooks },
  });
  const board: Express = serverAdapter.getRouter();
  board.disable('x-powered-by');
  return board;
}
