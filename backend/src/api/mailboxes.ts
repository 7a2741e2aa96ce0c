import { z } from 'zod';
import { changeMailboxSettings, disconnectMailbox, listMailboxes } from '../accounts/mailboxes.ts';
import { type PurgePorts, purgeMailbox } from '../accounts/purge.ts';
import { json, problem, route, type RouteContext } from '../http/route.ts';
import { mailboxResponse, presentMailbox } from './mailboxes.presenter.ts';
import { domain, email, id } from './schemas.ts';

const tag = 'mailboxes';
const params = z.strictObject({ mailboxId: id });
const noSuchMailbox = problem('The caller has no such mailbox');

const settingsBody = z.strictObject({
  automationPaused: z.boolean().optional().describe('The kill switch of this mailbox'),
  whitelistedSenders: z.array(email).max(1_000).optional(),
  whitelistedDomains: z.array(domain).max(1_000).optional(),
});

/** Mounts what an owner does with their mailboxes; connecting is part of signing in. */
export function mountMailboxes(context: RouteContext, ports: PurgePorts): void {
  route(
    context,
    ['user', 'get', '/api/mailboxes'],
    { summary: "The caller's mailboxes", tag, responses: { 200: json(z.object({ items: z.array(mailboxResponse) })) } },
    async (_input, { userId }) => ({
      status: 200,
      body: { items: (await listMailboxes(userId)).map(presentMailbox) },
    }),
  );
  route(
    context,
    ['user', 'patch', '/api/mailboxes/{mailboxId}/settings'],
    {
      summary: 'Change the settings of a mailbox; a field left out keeps its value',
      tag,
      params,
      body: settingsBody,
      responses: { 200: json(mailboxResponse), 404: noSuchMailbox },
    },
    async ({ params: { mailboxId }, body }, { userId }) => ({
      status: 200,
      body: presentMailbox(await changeMailboxSettings({ userId, mailboxId }, body)),
    }),
  );
  mountRemoval(context, ports);
}

function mountRemoval(context: RouteContext, ports: PurgePorts): void {
  const query = z.strictObject({
    purge: z.enum(['true', 'false']).default('false').describe('true: its data is deleted everywhere'),
  });
  route(
    context,
    ['user', 'delete', '/api/mailboxes/{mailboxId}'],
    {
      summary: 'Disconnect a mailbox: subscriptions and tokens are deleted, its history is kept',
      tag,
      params,
      query,
      responses: { 204: { description: 'Disconnected, or purged' }, 404: noSuchMailbox },
    },
    async ({ params: { mailboxId }, query: { purge } }, { userId }) => {
      const key = { userId, mailboxId };
      await (purge === 'true' ? purgeMailbox(key, ports) : disconnectMailbox(key, ports));
      return { status: 204 };
    },
  );
}
