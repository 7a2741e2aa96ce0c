import type { Queue } from 'bullmq';
import type { Express, RequestHandler } from 'express';
import { Types } from 'mongoose';
import type { Logger } from '../../lib/logger.ts';
import { recordOrgEntry } from '../../models/store/org-log.ts';
import { callerOf } from '../authenticate.ts';
import { foreignPagePolicy } from '../content-policy.ts';
import type { Cookies } from '../cookies.ts';
import { allowedAct, hideForeignText } from './queue-board-acts.ts';
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
    board ??= createBoard(options.queues); // loaded on first use: most processes never show it
    (await board)(request, response, next);
  };
  router.use(
    boardPath,
    requireBoardAdmin(options.cookies, limits.strangers),
    limits.person,
    requireSameOrigin(options.appUrl),
    recordActs(options.logger),
    hideForeignText,
    foreignPagePolicy('self'),
    show,
  );
}

async function createBoard(queues: readonly Queue[]): Promise<RequestHandler> {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]);
  const serverAdapter = new ExpressAdapter().setBasePath(boardPath);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'MSEDB queues' } },
  });
  const board: Express = serverAdapter.getRouter();
  board.disable('x-powered-by');
  return board;
}

/** Records a retry or promotion before it is made, and refuses every other write. */
function recordActs(logger: Logger): RequestHandler {
  return async (request, response, next) => {
    const act = allowedAct(request);
    if (act !== undefined) {
      const { userId } = callerOf(response);
      const { kind, ...details } = act;
      await recordOrgEntry({ kind, by: new Types.ObjectId(userId), details });
      logger.info('Admin changes a queue', { act: kind, ...details, userId });
    }
    next();
  };
}
