import { Types } from 'mongoose';
import { z } from 'zod';
import { listAllMailboxes } from '../../accounts/all-mailboxes.ts';
import { json, route, type RouteContext } from '../../http/route.ts';
import { mailboxState, activeSwitch } from '../../observation/states/mailbox-state.ts';
import { readStateFacts } from '../../observation/states/read-states.ts';
import { mailboxStateResponse, presentState } from '../mailboxes/mailbox-state.presenter.ts';
import { count, id, moment, tooSlow } from '../schemas.ts';

const adminMailbox = z
  .object({
    id,
    email: z.string(),
    owner: z.object({ id, email: z.string().nullable() }),
    isConnected: z.boolean(),
    lastSyncAt: moment.nullable(),
    state: mailboxStateResponse,
    pausedBy: z.enum(['mailbox', 'user', 'both']).nullable(),
    faults: count.describe('Staged messages whose last attempt failed'),
  })
  .meta({ id: 'AdminMailbox' });

/** Mounts the mailboxes of everybody, as far as an admin has to know them: nothing of their mail. */
export function mountAdminMailboxes(context: RouteContext): void {
  route(
    context,
    ['admin', 'get', '/api/admin/mailboxes'],
    {
      summary: 'Mailboxes of all users with their states, oldest first, paginated. Nothing of their mail',
      tag: 'admin',
      query: z.strictObject({ after: id.optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
      responses: { 200: json(z.object({ items: z.array(adminMailbox), next: id.nullable() })), 503: tooSlow },
    },
    async ({ query: { after, limit } }) => {
      const page = await listAllMailboxes({
        limit,
        after: after === undefined ? undefined : new Types.ObjectId(after),
      });
      const now = Date.now();
      const items = (await readStateFacts(page.mailboxes)).map((facts): z.output<typeof adminMailbox> => {
        const { _id, email, userId, isConnected, lastSyncAt } = facts.mailbox;
        return {
          id: _id.toHexString(),
          email,
          owner: { id: userId.toHexString(), email: page.ownerOf(userId) ?? null },
          isConnected,
          lastSyncAt: lastSyncAt?.toISOString() ?? null,
          state: presentState(mailboxState(facts, now), now),
          pausedBy: activeSwitch(facts) ?? null,
          faults: page.faultsOf(_id),
        };
      });
      return { status: 200, body: { items, next: page.next?.toHexString() ?? null } };
    },
  );
}
