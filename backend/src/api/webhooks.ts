import { z } from 'zod';
import type { Reply } from '../http/reply.ts';
import { openRoute, problem, type RouteContext } from '../http/route.ts';
import { currentLogContext } from '../lib/log-context.ts';
import { AppError } from '../lib/errors.ts';
import type { NotificationIntake } from '../observation/webhooks/notification-intake.ts';

const tag = 'webhooks';
const maxNotifications = 1_000;

const query = z.object({
  validationToken: z.string().min(1).max(1_024).optional().describe('Sent by Graph to validate this address'),
});
const body = z.object({
  value: z
    .array(z.unknown())
    .max(maxNotifications)
    .optional()
    .describe('Change notifications; absent in the validation request'),
});

const responses = {
  200: { description: 'Validation: echoes the token', content: { 'text/plain': { schema: z.string() } } },
  202: { description: 'Queued, or of an unknown subscription' },
  503: problem('not_queued: send the notifications again; or proxy_not_trusted'),
};

/** Mounts the webhooks that Graph calls. Answers do not tell a caller whether a subscription is known. */
export function mountWebhooks(context: RouteContext, intake: NotificationIntake): void {
  const paths = [
    ['/webhooks/graph', 'Receive change notifications from Graph'],
    ['/webhooks/graph/lifecycle', 'Receive lifecycle notifications from Graph'],
  ] as const;
  for (const [path, summary] of paths) {
    openRoute(context, ['webhook', 'post', path], { summary, tag, query, body, responses }, async (input) => {
      const { validationToken } = input.query;
      return validationToken === undefined ? receive(intake, input.body.value) : handshake(validationToken);
    });
  }
}

function handshake(token: string): Reply {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(Buffer.byteLength(token)) };
  return { status: 200, headers, stream: only(token) };
}

async function* only(text: string): AsyncGenerator<string, void> {
  yield text;
}

/** Queues the notifications. @throws AppError 400 invalid_request for a body without notifications */
async function receive(intake: NotificationIntake, notifications: readonly unknown[] | undefined): Promise<Reply> {
  if (notifications === undefined)
    throw new AppError(400, 'invalid_request', 'The body is not valid: value is missing');
  return (await intake.take(notifications)) ? { status: 202 } : notQueued();
}

/** A reply, not an error: without Redis there are hundreds a second, and the intake logs them within limits. */
function notQueued(): Reply {
  const { requestId = '' } = currentLogContext();
  const message = 'Notifications cannot be queued at the moment: send them again';
  return { status: 503, body: { error: { code: 'not_queued', message, requestId } } };
}
