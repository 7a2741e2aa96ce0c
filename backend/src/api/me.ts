import { z } from 'zod';
import { exportAccount } from '../accounts/export.ts';
import { changePreferences, readPreferences } from '../accounts/preferences.ts';
import { type DeletionPorts, deleteAccount } from '../accounts/purge.ts';
import { extendBeforeResuming } from '../automation/staging/extend-expiry.ts';
import { type Cookies, leavingHeaders } from '../http/cookies.ts';
import { sessionCookie } from '../http/authenticate.ts';
import { json, problem, route, type RouteContext } from '../http/route.ts';
import { aggressivenessLevels } from '../models/index.ts';
import { preferencesResponse, presentPreferences } from './me.presenter.ts';
import { requireRecentSignIn } from './recent-sign-in.ts';
import { followSwitch } from './resume.ts';
import type { MaintenancePorts } from './rules/rules-ports.ts';

const tag = 'me';

const preferencesBody = z.strictObject({
  automationPaused: z.boolean().optional().describe('Kill switch: true stops all automation in all mailboxes'),
  aggressiveness: z.enum(aggressivenessLevels).optional(),
});

export interface GracePorts {
  /** Hours for which mail waits in staging before a rule deletes it. */
  readonly stagingHours: number;
}

/** Mounts the caller's own account. */
export function mountMe(
  context: RouteContext,
  cookies: Cookies,
  ports: DeletionPorts & GracePorts & MaintenancePorts,
): void {
  route(
    context,
    ['user', 'get', '/api/me/preferences'],
    { summary: "The caller's preferences", tag, responses: { 200: json(preferencesResponse) } },
    async (_input, { userId }) => ({ status: 200, body: presentPreferences(await readPreferences(userId)) }),
  );
  route(
    context,
    ['user', 'patch', '/api/me/preferences'],
    {
      summary: "Update the caller's preferences (partial)",
      tag,
      body: preferencesBody,
      responses: { 200: json(preferencesResponse) },
    },
    async ({ body }, { userId }) => {
      if (body.automationPaused === false) {
        await extendBeforeResuming({ userId, stagingHours: ports.stagingHours, now: Date.now() });
      }
      const { preferences } = await changePreferences(userId, body);
      if (body.automationPaused !== undefined) await followSwitch(ports, { userId });
      return { status: 200, body: presentPreferences(preferences) };
    },
  );
  mountExportAndDeletion(context, cookies, ports);
}

function mountExportAndDeletion(context: RouteContext, cookies: Cookies, ports: DeletionPorts): void {
  route(
    context,
    ['user', 'get', '/api/me'],
    {
      summary: "Export all of the caller's data as one JSON document",
      tag,
      responses: { 200: json(z.looseObject({ exportedAt: z.iso.datetime() })) },
    },
    async (_input, { userId }) => ({
      status: 200,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-disposition': 'attachment; filename="msedb-export.json"',
      },
      stream: exportAccount(userId),
    }),
  );
  route(
    context,
    ['user', 'delete', '/api/me'],
    {
      summary: 'Delete the account: restores staged mail, deletes all data from MongoDB, Redis and Graph',
      tag,
      responses: {
        204: { description: 'Deleted' },
        403: problem('csrf; or recent_sign_in_needed: details.signIn is where to sign in'),
        409: problem('last_admin: the caller is the last active admin and there are other users'),
      },
    },
    async (_input, caller) => {
      requireRecentSignIn(caller, Date.now());
      await deleteAccount(caller.userId, ports);
      return { status: 204, headers: leavingHeaders, cookies: [cookies.remove(sessionCookie)] };
    },
  );
}
