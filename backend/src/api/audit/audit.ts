import { z } from 'zod';
import { explainEntry } from '../../automation/audit/explain.ts';
import { readAuditNames } from '../../automation/audit/names.ts';
import { auditActions, auditTargetTypes } from '../../models/AuditLog.ts';
import { findAuditEntry, listAudit, type StoredEntry } from '../../automation/audit/queries.ts';
import { cursor, encodeCursor } from '../../http/cursor.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { readMessageSummaries } from '../../models/store/message-summaries.ts';
import { auditResponse, keysOf, presentEntry } from './audit.presenter.ts';
import { requireOrder, requireOwnMailbox } from '../ownership.ts';
import { id, instant, listOf, mailboxFilter, noSuchMailbox, pageSchema, pageQuery, tooSlow } from '../schemas.ts';

const tag = 'audit';

const query = z.strictObject({
  mailboxId: mailboxFilter,
  action: listOf(auditActions),
  targetType: z.enum(auditTargetTypes).optional(),
  targetId: z.string().min(1).max(1_000).optional().describe('Id of a message, rule, pattern, user or mailbox'),
  ruleId: id.optional().describe('Changes of this rule, and its actions'),
  from: instant.optional(),
  to: instant.optional().describe('Exclusive'),
  ...pageQuery(cursor),
});

const page = pageSchema(auditResponse);

export interface AuditOptions {
  /** Days for which an action can be undone. */
  readonly undoDays: number;
}

/** Mounts the audit log: what was done in a user's name, each entry explained. */
export function mountAudit(context: RouteContext, { undoDays }: AuditOptions): void {
  const present = async (userId: string, entries: readonly StoredEntry[], isListed: boolean) => {
    const [names, messageOf] = await Promise.all([
      readAuditNames(userId, entries),
      readMessageSummaries(userId, entries.flatMap(keysOf)),
    ]);
    const time = { now: Date.now(), undoDays };
    return entries.map((entry) => presentEntry(explainEntry(entry, names, time), { names, messageOf, isListed }));
  };
  route(
    context,
    ['user', 'get', '/api/audit'],
    {
      summary: 'Audit log with explanations, newest first, paginated',
      tag,
      query,
      responses: { 200: json(page), 404: noSuchMailbox, 503: tooSlow },
    },
    async ({ query: { action, limit, cursor: after, ...filter } }, { userId }) => {
      requireOrder(filter);
      await requireOwnMailbox(userId, filter.mailboxId);
      const { entries, next } = await listAudit({ ...filter, userId, actions: action }, { limit, after });
      const items = await present(userId, entries, true);
      return { status: 200, body: { items, nextCursor: next === undefined ? null : encodeCursor(next) } };
    },
  );
  route(
    context,
    ['user', 'get', '/api/audit/{auditId}'],
    {
      summary: 'One entry of the audit log, explained',
      tag,
      params: z.strictObject({ auditId: id }),
      responses: { 200: json(auditResponse), 404: problem('The caller has no such audit log entry') },
    },
    async ({ params: { auditId } }, { userId }) => {
      const [body] = await present(userId, [await findAuditEntry(userId, auditId)], false);
      return { status: 200, body };
    },
  );
}
