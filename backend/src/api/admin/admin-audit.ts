import { z } from 'zod';
import { listOrgLog, type OrgLogItem } from '../../auth/read-org-log.ts';
import { cursor, encodeCursor } from '../../http/cursor.ts';
import { json, route, type RouteContext } from '../../http/route.ts';
import { orgLogKinds } from '../../models/index.ts';
import { requireOrder } from '../ownership.ts';
import { id, instant, listOf, moment, pageQuery, pageSchema, tooSlow } from '../schemas.ts';

const query = z.strictObject({
  kind: listOf(orgLogKinds),
  actor: id.optional().describe('Who did it: id of a user, or the logId of an entry'),
  target: id.optional().describe('Whom it concerns: id of a user, or the logId of an entry'),
  from: instant.optional(),
  to: instant.optional().describe('Exclusive'),
  ...pageQuery(cursor),
});

const person = z.object({
  logId: id.describe('Stays when the account is deleted, and then belongs to nobody'),
  userId: id.nullable().describe('null: the account is deleted'),
  email: z.string().nullable(),
});

const entry = z
  .object({
    id,
    at: moment,
    kind: z.enum(orgLogKinds),
    actor: person.nullable().describe('null: somebody who was not admitted, or a command of the operator'),
    target: person.nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'OrganizationLogEntry' });

function presentItem({ row, actor, target }: OrgLogItem): z.output<typeof entry> {
  const { _id, createdAt, kind, details = {} } = row;
  return { id: _id.toHexString(), at: createdAt.toISOString(), kind, actor, target, details };
}

/** Mounts the organization's log. */
export function mountAdminAudit(context: RouteContext): void {
  route(
    context,
    ['admin', 'get', '/api/admin/audit'],
    {
      summary: "The organization's log: acts of admins and sign-ins, newest first, kept for a year",
      tag: 'admin',
      query,
      responses: { 200: json(pageSchema(entry)), 503: tooSlow },
    },
    async ({ query: { kind, limit, cursor: after, ...filter } }) => {
      requireOrder(filter);
      const { items, next } = await listOrgLog({ ...filter, kinds: kind }, { limit, after });
      return {
        status: 200,
        body: { items: items.map(presentItem), nextCursor: next === undefined ? null : encodeCursor(next) },
      };
    },
  );
}
