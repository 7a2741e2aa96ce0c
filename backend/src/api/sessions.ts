import { z } from 'zod';
import { endOtherSessions, endOwnSession, listOwnSessions, type OwnSession } from '../auth/own-sessions.ts';
import { json, problem, route, type RouteContext } from '../http/route.ts';
import { count, id, moment, tooSlow } from './schemas.ts';

const tag = 'me';

const sessionResponse = z
  .object({
    id,
    createdAt: moment,
    lastUsedAt: moment.describe('To the minute'),
    endsAt: moment.describe('End if it is not used again'),
    browser: z.string().nullable().describe('Family of browser and system; null for other programs'),
    isCurrent: z.boolean().describe('true: the session of this request'),
  })
  .meta({ id: 'Session' });

function presentSession(session: OwnSession): z.output<typeof sessionResponse> {
  return {
    id: session._id.toHexString(),
    createdAt: session.createdAt.toISOString(),
    lastUsedAt: session.lastSeenAt.toISOString(),
    endsAt: session.expiresAt.toISOString(),
    browser: session.browser ?? null,
    isCurrent: session.isCurrent,
  };
}

/** Mounts the caller's sessions: the browsers that are signed in. */
export function mountSessions(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/me/sessions'],
    {
      summary: "The caller's open sessions, last used first",
      tag,
      responses: { 200: json(z.object({ items: z.array(sessionResponse) })), 503: tooSlow },
    },
    async (_input, { userId, sessionId }) => ({
      status: 200,
      body: { items: (await listOwnSessions(userId, sessionId)).map(presentSession) },
    }),
  );
  route(
    context,
    ['user', 'delete', '/api/me/sessions'],
    {
      summary: "End all of the caller's sessions but this one",
      tag,
      responses: { 200: json(z.object({ ended: count })) },
    },
    async (_input, { userId, sessionId }) => ({
      status: 200,
      body: { ended: await endOtherSessions(userId, sessionId) },
    }),
  );
  route(
    context,
    ['user', 'delete', '/api/me/sessions/{id}'],
    {
      summary: "End one of the caller's sessions",
      tag,
      params: z.strictObject({ id }),
      responses: { 204: { description: 'Ended' }, 404: problem('The caller has no such session') },
    },
    async ({ params }, { userId }) => {
      await endOwnSession(userId, params.id);
      return { status: 204 };
    },
  );
}
