import { z } from 'zod';
import {
  changeMailboxSettings,
  disconnectMailbox,
  findMailbox,
  listMailboxes,
  type VisibleMailbox,
} from '../../accounts/mailboxes.ts';
import { type PurgePorts, purgeMailbox } from '../../accounts/purge.ts';
import { extendBeforeResuming } from '../../automation/staging/extend-expiry.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { AppError, mailboxNotFound } from '../../lib/errors.ts';
import { readCoverage } from '../../observation/coverage/coverage-report.ts';
import { readStateFacts } from '../../observation/states/read-states.ts';
import type { GracePorts } from '../me.ts';
import { coverageResponse, mailboxResponse, presentCoverage, presentMailbox } from './mailboxes.presenter.ts';
import { mountFolders } from './mailbox-folders.ts';
import { mountMailboxWhitelist } from './mailbox-whitelist.ts';
import { requireRecentSignIn } from '../recent-sign-in.ts';
import { followSwitch } from '../resume.ts';
import type { MaintenancePorts } from '../rules/rules-ports.ts';
import { id, noSuchMailbox, tooSlow } from '../schemas.ts';
import { whitelistedDomains, whitelistedSenders } from '../admin/whitelist-lists.ts';

const tag = 'mailboxes';
const params = z.strictObject({ mailboxId: id });

const settingsBody = z.strictObject({
  automationPaused: z.boolean().optional().describe('Kill switch: true stops all automation in this mailbox'),
  whitelistedSenders: whitelistedSenders.optional(),
  whitelistedDomains: whitelistedDomains.optional(),
});

export interface SyncPorts {
  /** Queues a synchronization of a mailbox. @throws AppError 503 when Redis is unavailable */
  readonly requestSync: (mailboxId: string) => Promise<void>;
}

/** Mounts the mailboxes of a user. Connecting one is part of sign-in. */
export function mountMailboxes(
  context: RouteContext,
  ports: PurgePorts & SyncPorts & GracePorts & MaintenancePorts,
): void {
  route(
    context,
    ['user', 'get', '/api/mailboxes'],
    {
      summary: "The caller's mailboxes",
      tag,
      responses: { 200: json(z.object({ items: z.array(mailboxResponse) })), 503: tooSlow },
    },
    async (_input, { userId }) => ({
      status: 200,
      body: { items: await presentAll(await listMailboxes(userId)) },
    }),
  );
  route(
    context,
    ['user', 'get', '/api/mailboxes/{mailboxId}'],
    { summary: 'One mailbox', tag, params, responses: { 200: json(mailboxResponse), 404: noSuchMailbox } },
    async ({ params: { mailboxId } }, { userId }) => ({
      status: 200,
      body: await presentOne(await findMailbox({ userId, mailboxId })),
    }),
  );
  route(
    context,
    ['user', 'patch', '/api/mailboxes/{mailboxId}/settings'],
    {
      summary: 'Update the settings of a mailbox (partial)',
      tag,
      params,
      body: settingsBody,
      responses: { 200: json(mailboxResponse), 404: noSuchMailbox },
    },
    async ({ params: { mailboxId }, body }, { userId }) => {
      if (body.automationPaused === false) {
        await extendBeforeResuming({ userId, mailboxId, stagingHours: ports.stagingHours, now: Date.now() });
      }
      const changed = await changeMailboxSettings({ userId, mailboxId }, body);
      if (body.automationPaused !== undefined) await followSwitch(ports, { userId, mailboxId });
      return { status: 200, body: await presentOne(changed) };
    },
  );
  mountFolders(context);
  mountMailboxWhitelist(context);
  mountWatching(context, ports);
  mountRemoval(context, ports);
}

async function presentAll(rows: readonly VisibleMailbox[]): Promise<z.output<typeof mailboxResponse>[]> {
  const facts = await readStateFacts(rows);
  return facts.map((ofOne) => presentMailbox(ofOne, Date.now()));
}

async function presentOne(row: VisibleMailbox): Promise<z.output<typeof mailboxResponse>> {
  const [presented] = await presentAll([row]);
  if (presented === undefined) throw mailboxNotFound();
  return presented;
}

function mountWatching(context: RouteContext, { requestSync }: SyncPorts): void {
  route(
    context,
    ['user', 'get', '/api/mailboxes/{mailboxId}/coverage'],
    {
      summary: 'Monitoring coverage: start date and gaps',
      tag,
      params,
      responses: { 200: json(coverageResponse), 404: noSuchMailbox },
    },
    async ({ params: { mailboxId } }, { userId }) => ({
      status: 200,
      body: presentCoverage(await readCoverage({ userId, mailboxId }, Date.now())),
    }),
  );
  route(
    context,
    ['user', 'post', '/api/mailboxes/{mailboxId}/sync'],
    {
      summary: 'Synchronize a mailbox now. Idempotent while queued',
      tag,
      params,
      responses: {
        202: json(z.object({ queued: z.literal(true) }), 'Queued; starts when a worker is free'),
        404: noSuchMailbox,
        409: problem('mailbox_disconnected'),
        503: problem('The job queue is unavailable'),
      },
    },
    async ({ params: { mailboxId } }, { userId }) => {
      const { isConnected } = await findMailbox({ userId, mailboxId });
      if (!isConnected)
        throw new AppError(409, 'mailbox_disconnected', 'The mailbox is disconnected: connect it again');
      await requestSync(mailboxId);
      return { status: 202, body: { queued: true } };
    },
  );
}

function mountRemoval(context: RouteContext, ports: PurgePorts): void {
  const query = z.strictObject({
    purge: z.enum(['true', 'false']).default('false').describe('true: also deletes all data of the mailbox'),
  });
  route(
    context,
    ['user', 'delete', '/api/mailboxes/{mailboxId}'],
    {
      summary: 'Disconnect a mailbox: restores staged mail, deletes subscriptions and tokens, keeps the history',
      tag,
      params,
      query,
      responses: {
        204: { description: 'Disconnected, or purged' },
        403: problem('csrf; or, for a purge, recent_sign_in_needed: details.signIn is where to sign in'),
        404: noSuchMailbox,
      },
    },
    async ({ params: { mailboxId }, query: { purge } }, caller) => {
      if (purge === 'true') requireRecentSignIn(caller, Date.now());
      const key = { userId: caller.userId, mailboxId };
      await (purge === 'true' ? purgeMailbox(key, ports) : disconnectMailbox(key, ports));
      return { status: 204 };
    },
  );
}
