import type { Response } from 'express';
import { z } from 'zod';
import { eventStreamHeaders } from '../../http/event-stream.ts';
import { problem, route, type RouteContext } from '../../http/route.ts';
import { AppError } from '../../lib/errors.ts';
import { decodePosition, type StreamPosition } from './stream-position.ts';
import type { NotificationStreams } from './stream-registry.ts';

const description =
  'Server-Sent Events: `notification`, a notification as GET /api/notifications shows it, the oldest first; and ' +
  '`unread`, {"unread": n}, at the beginning and whenever it has changed. A new reader gets what comes from now on, and ' +
  'so opens the stream before reading the list; one with the id of an event gets what came after it.';

const query = z.strictObject({
  lastEventId: z
    .string()
    .max(1_000)
    .optional()
    .describe('The id of the last event that arrived; the header Last-Event-ID says the same, and comes first'),
});

/** Mounts the stream of notifications. */
export function mountStream(context: RouteContext, streams: Pick<NotificationStreams, 'open'>): void {
  route(
    context,
    ['user', 'get', '/api/stream'],
    {
      summary: 'Notifications as they come, until the session ends',
      tag: 'notifications',
      query,
      responses: {
        200: { description, content: { 'text/event-stream': { schema: z.string() } } },
        429: problem('Too many requests, or too many streams are open'),
      },
    },
    async ({ query: { lastEventId }, request }, { userId, sessionId }) => {
      const headers = eventStreamHeaders;
      const position = readPosition(request.get('last-event-id') ?? lastEventId);
      const { res: response } = request;
      if (request.method === 'HEAD' || response === undefined) return { status: 200, headers };
      const cut = (): void => {
        response.destroy();
      };
      const stream = await streams.open({ userId, sessionId, position, gone: goneSignal(response), cut });
      return { status: 200, headers, stream };
    },
  );
}

/** @throws AppError 400 for what is the id of no event */
function readPosition(text: string | undefined): StreamPosition | undefined {
  if (text === undefined || text === '') return undefined;
  const position = decodePosition(text);
  if (position !== undefined) return position;
  throw new AppError(400, 'invalid_request', 'The last event id is not valid: it must be the id of an event');
}

function goneSignal(response: Response): AbortSignal {
  const controller = new AbortController();
  if (response.closed) controller.abort();
  else response.once('close', () => controller.abort());
  return controller.signal;
}
