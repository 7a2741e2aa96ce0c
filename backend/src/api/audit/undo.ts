import { z } from 'zod';
import { type UndoDeps, type Undone, undoAct } from '../../automation/undo/undo.ts';
import { undoMany, type UndoResult } from '../../automation/undo/undo-many.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { flagStatuses } from '../../models/fields/message-properties.ts';
import { findAuditEntry } from '../../automation/audit/queries.ts';
import { readMessageSummaries } from '../../models/store/message-summaries.ts';
import { messageOrNull, presentMessage } from '../message-summary.ts';
import { folderName, id, moment } from '../schemas.ts';
import { keysOf } from './audit.presenter.ts';

const undoneResponse = z
  .object({
    undone: z.literal(true),
    at: moment,
    restored: z
      .object({
        folderId: z.string(),
        isRead: z.boolean(),
        flagStatus: z.enum(flagStatuses),
        categories: z.array(z.string()),
      })
      .describe('The message as Graph returned it after the undo'),
    message: messageOrNull,
  })
  .meta({ id: 'UndoneAction' });

const maxIds = 100;

const undoResult = z
  .discriminatedUnion('ok', [
    z.object({ id, ok: z.literal(true), at: moment }),
    z.object({ id, ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
  ])
  .meta({ id: 'UndoResult' });

/** Mounts the undo of several actions. */
function mountUndoMany(context: RouteContext, deps: UndoDeps): void {
  route(
    context,
    ['user', 'post', '/api/audit/undo'],
    {
      summary: `Undo up to ${maxIds} actions, newest first; one result for each`,
      tag: 'audit',
      body: z.strictObject({ ids: z.array(id).min(1).max(maxIds) }),
      responses: {
        200: json(z.object({ results: z.array(undoResult) }), 'One result per distinct id, in request order'),
      },
    },
    async ({ body: { ids } }, { userId }) => ({
      status: 200,
      body: { results: (await undoMany(deps, { userId, ids })).map(presentResult) },
    }),
  );
}

function presentResult(result: UndoResult): z.output<typeof undoResult> {
  if (result.ok) return { id: result.id, ok: true, at: result.undone.at.toISOString() };
  const { code, message } = result.error;
  return { id: result.id, ok: false, error: { code, message } };
}

/** Mounts the undo of actions on messages. */
export function mountUndo(context: RouteContext, deps: UndoDeps): void {
  mountUndoMany(context, deps);
  route(
    context,
    ['user', 'post', '/api/audit/{auditId}/undo'],
    {
      summary: 'Undo an action: restores folder, read state, flag and categories of the message',
      tag: 'audit',
      params: z.strictObject({ auditId: id }),
      body: z.strictObject({
        folderId: folderName
          .optional()
          .describe('Id or path of the folder to restore the message to; the original folder when omitted'),
      }),
      responses: {
        200: json(undoneResponse),
        404: problem('The caller has no such audit log entry'),
        400: problem('invalid_request; unknown_folder or ambiguous_folder: folderId names no folder, or several'),
        409: problem(
          'not_undoable, already_undone, undo_expired, automation_paused, write_access_needed, mailbox_disconnected, message_gone, ' +
            'folder_gone (its details offer another folderId) or undo_mismatch; after the last three the undo can be tried again',
        ),
        502: problem('graph_refused'),
        503: problem('mailbox_busy, graph_throttled or graph_unavailable'),
      },
    },
    async ({ params: { auditId }, body: { folderId } }, { userId }) => {
      const undone = await undoAct(deps, { userId, auditId }, folderId);
      const keys = keysOf(await findAuditEntry(userId, auditId));
      const messageOf = await readMessageSummaries(userId, keys);
      return { status: 200, body: { ...presentUndone(undone), message: presentMessage(keys.map(messageOf)[0]) } };
    },
  );
}

function presentUndone({ restored, at }: Undone) {
  return {
    undone: true as const,
    at: at.toISOString(),
    restored: { ...restored, categories: [...restored.categories] },
  };
}
