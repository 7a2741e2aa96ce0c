import { z } from 'zod';
import { changeMailboxSettings, disconnectMailbox, findMailbox, listMailboxes } from '../../accounts/mailboxes.ts';
import { type PurgePorts, purgeMailbox } from '../../accounts/purge.ts';
import { extendBeforeResuming } from '../../automation/staging/extend-expiry.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { AppError } from '../../lib/errors.ts';
import { readCoverage } from '../../observation/coverage/coverage-report.ts';
import type { GracePorts } from '../me.ts';
import { coverageResponse, mailboxResponse, presentCoverage, presentMailbox } from './mailboxes.presenter.ts';
import { id, noSuchMailbox, tooSlow } from '../schemas.ts';
import { whitelistedDomains, whitelistedSenders } from '../admin/whitelist-lists.ts';

const tag = 'mailboxes';
const params = z.strictObject({ mailboxId: id });

const settingsBody = z.strictObject({
  automationPaused: z.boolean().optional().describe('The kill switch of this mailbox'),
  whitelistedSenders: whitelistedSenders.optional(),
  whitelistedDomains: whitelistedDomains.optional(),
});

export interface SyncPorts {
  /** Has a mailbox synchronized at once. @throws AppError 503 when it cannot be asked for now */
  readonly requestSync: (mailboxId: string) => Promise<void>;
}

/** Mounts what an owner does with their mailboxes; connecting is part of signing in. */
export function mountMailboxes(context: RouteContext, ports: PurgePorts & SyncPorts & GracePorts): void {
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
      body: { items: (await listMailboxes(userId)).map((row) => presentMailbox(row, Date.now())) },
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
    async ({ params: { mailboxId }, body }, { userId }) => {
      if (body.automationPaused === false) {
        await extendBeforeResuming({ userId, mailboxId, stagingHours: ports.stagingHours, now: Date.now() });
      }
      return {
        status: 200,
        body: presentMailbox(await changeMailboxSettings({ userId, mailboxId }, body), Date.now()),
      };
    },
  );
  mountWatching(context, ports);
  mountRemoval(context, ports);
}

function mountWatching(context: RouteContext, { requestSync }: SyncPorts): void {
  route(
    context,
    ['user', 'get', '/api/mailboxes/{mailboxId}/coverage'],
    {
      summary: 'Since when a mailbox is watched, and when it could not be',
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
      summary: 'Synchronize a mailbox at once; asking again while it waits changes nothing',
      tag,
      params,
      responses: {
        202: json(z.object({ queued: z.literal(true) }), 'It begins as soon as a worker is free'),
        404: noSuchMailbox,
        409: problem('The mailbox is disconnected'),
        503: problem('It cannot be asked for now'),
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
    purge: z.enum(['true', 'false']).default('false').describe('true: its data is deleted everywhere'),
  });
  route(
    context,
    ['user', 'delete', '/api/mailboxes/{mailboxId}'],
    {
      summary:
        'Disconnect a mailbox: staged mail is put back, subscriptions and tokens are deleted, its history is kept',
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
