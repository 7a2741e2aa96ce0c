import { z } from 'zod';
import { type StagingRequestDeps, handleStagingRequest } from '../../automation/staging/handle-request.ts';
import { listStaged } from '../../automation/staging/list-staged.ts';
import type { StagingRequest } from '../../automation/staging/staging-request.ts';
import { cursor, encodeCursor } from '../../http/cursor.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { NotFoundError } from '../../lib/errors.ts';
import { openStagingStatuses, stagingStatuses } from '../../models/index.ts';
import { readFolderNames } from '../../observation/reports/folder-names.ts';
import { requireOwnMailbox } from '../ownership.ts';
import { id, listOf, mailboxFilter, noSuchMailbox, pageSchema, pageQuery, tooSlow } from '../schemas.ts';
import { presentStaged, presentResult, stagedResponse, requestResponse } from './staging.presenter.ts';

const tag = 'staging';
const maxIds = 500;

const query = z.strictObject({
  mailbox: mailboxFilter,
  status: listOf(stagingStatuses).describe('One or several values; open statuses when omitted'),
  ...pageQuery(cursor),
});

const page = pageSchema(stagedResponse);

const summaries: Readonly<Record<StagingRequest, string>> = {
  rescue: 'Rescue a staged message: moves it back to its folder. Idempotent',
  execute: 'Delete a staged message now: moves it to Deleted Items',
};

const summariesOfMany: Readonly<Record<StagingRequest, string>> = {
  rescue: `Rescue up to ${maxIds} staged messages; one result for each`,
  execute: `Delete up to ${maxIds} staged messages now; one result for each`,
};

const refusals = {
  404: problem('The caller has no such staged message'),
  409: problem('automation_paused, write_access_needed, not_staged, message_gone or mailbox_disconnected'),
  502: problem('graph_refused'),
  503: problem('mailbox_busy, graph_throttled or graph_unavailable: a rescue is completed later, a deletion is not'),
};

/** Mounts staged mail: listing, rescue and deletion. */
export function mountStaging(context: RouteContext, deps: StagingRequestDeps): void {
  mountList(context);
  for (const request of ['rescue', 'execute'] as const) {
    mountBatch(context, deps, request);
    mountSingle(context, deps, request);
  }
}

function mountList(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/staging'],
    {
      summary: 'Staged mail, soonest deletion first',
      tag,
      query,
      responses: { 200: json(page), 404: noSuchMailbox, 503: tooSlow },
    },
    async ({ query: { mailbox, status, limit, cursor: after } }, { userId }) => {
      await requireOwnMailbox(userId, mailbox);
      const filter = { userId, mailboxId: mailbox, statuses: status ?? openStagingStatuses };
      const { items, next } = await listStaged(filter, { limit, after });
      const mailboxIds = items.map(({ row }) => row.mailboxId.toString());
      const nameOf = await readFolderNames(userId, mailboxIds);
      const now = Date.now();
      return {
        status: 200,
        body: {
          items: items.map((item) => presentStaged(item, nameOf, now)),
          nextCursor: next === undefined ? null : encodeCursor(next),
        },
      };
    },
  );
}

function mountSingle(context: RouteContext, deps: StagingRequestDeps, request: StagingRequest): void {
  route(
    context,
    ['user', 'post', `/api/staging/{stagedId}/${request}`],
    {
      summary: summaries[request],
      tag,
      params: z.strictObject({ stagedId: id }),
      responses: { 200: json(z.object({ id, status: z.enum(stagingStatuses) })), ...refusals },
    },
    async ({ params: { stagedId } }, { userId }) => {
      const [result] = await handleStagingRequest(deps, { userId, ids: [stagedId], request });
      if (result === undefined) throw new NotFoundError('There is no such staged message');
      if (!result.ok) throw result.error;
      return { status: 200, body: { id: result.id, status: result.status } };
    },
  );
}

function mountBatch(context: RouteContext, deps: StagingRequestDeps, request: StagingRequest): void {
  route(
    context,
    ['user', 'post', `/api/staging/${request}`],
    {
      summary: summariesOfMany[request],
      tag,
      body: z.strictObject({ ids: z.array(id).min(1).max(maxIds) }),
      responses: {
        200: json(z.object({ results: z.array(requestResponse) }), 'One result per distinct id, in request order'),
      },
    },
    async ({ body: { ids } }, { userId }) => ({
      status: 200,
      body: { results: (await handleStagingRequest(deps, { userId, ids, request })).map(presentResult) },
    }),
  );
}
