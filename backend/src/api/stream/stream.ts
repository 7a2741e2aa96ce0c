import type { Response } from 'express';
import { z } from 'zod';
import { eventStreamHeaders } from '../../http/event-stream.ts';
import { problem, route, type RouteContext } from '../../http/route.ts';
import { AppError } from '../../lib/errors.ts';
import { changeTopics } from '../../models/store/change-signal.ts';
import { decodePosition, type StreamPosition } from './stream-position.ts';
import type { NotificationStreams } from './stream-registry.ts';

const description =
  'Server-Sent Events: `notification`, as in GET /api/notifications, oldest first; and `unread`, {"unread": n}, at the ' +
  'start and after every change. `changed`, {"topics": [...], "mailboxId"}: rows of these topics have changed, in one ' +
  `mailbox where it is given; read them anew. The topics: ${changeTopics.join(', ')}. It comes at most once a second, ` +
  'and is not repeated after the stream was lost. A new reader receives new notifications only: open the stream before reading the ' +
  'list. With the id of an event the stream continues after that event.';

const query = z.strictObject({
  lastEventId: z
    .string()
    .max(1_000)
    .optional()
    .describe('Id of the last event received. The header Last-Event-ID takes precedence'),
});

/** Mounts the stream of notifications. */
export function mountStream(context: RouteContext, streams: Pick<NotificationStreams, 'open'>): void {
  route(
    context,
    ['user', 'get', '/api/stream'],
    {
      summary: 'Live notifications and hints of changes, until the session ends',
      tag: 'notifications',
      query,
      responses: {
        200: { description, content: { 'text/event-stream': { schema: z.string() } } },
        429: problem('too_many_requests or too_many_streams'),
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

/** Reads the id of an event. @throws AppError 400 invalid_request for anything else */
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
