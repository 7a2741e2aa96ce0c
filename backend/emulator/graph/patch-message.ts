import { z } from 'zod';
import { graphTime } from '../clock.ts';
import { GraphFailure, badRequest } from '../errors.ts';
import type { EmulatorReply } from '../http/exchange.ts';
import { param } from '../http/router.ts';
import { mergeFlag } from '../mailbox/flag.ts';
import { type GraphContext, requireScope, writeMail } from './context.ts';
import { etag, isMessageProperty } from './message-view.ts';
import { written } from './written.ts';

const dateTime = z.object({ dateTime: z.string(), timeZone: z.string() }).nullable().optional();
const patchBody = z.object({
  isRead: z.boolean().optional(),
  categories: z.array(z.string()).optional(),
  flag: z
    .object({
      flagStatus: z.enum(['notFlagged', 'flagged', 'complete']).optional(),
      startDateTime: dateTime,
      dueDateTime: dateTime,
      completedDateTime: dateTime,
    })
    .optional(),
});
type PatchBody = z.infer<typeof patchBody>;

/**
 * PATCH messages/{id}: read state, flag, categories. Everything else of a message is sensitive: from 31 December 2026
 * Graph wants Mail-Advanced.ReadWrite for it, which no token of this emulator has.
 * @throws 403 for another property, 400 for none, 412 when `If-Match` names an older version
 */
export function patchMessage(context: GraphContext): EmulatorReply {
  requireScope(context, writeMail);
  const { mailbox, request, clock, tenant } = context;
  const { flag: flagChange, ...changes } = bodyOf(request.body);
  const message = mailbox.getReadable(param(context.params, 'message'));
  const expected = request.headers['if-match'];
  if (expected !== undefined && expected !== '*' && expected !== etag(message)) throw outdated();
  const isStatusAlone = Object.keys(flagChange ?? {}).every((name) => name === 'flagStatus');
  const before =
    isStatusAlone && tenant.flagDates === 'dropped' ? { flagStatus: message.flag.flagStatus } : message.flag;
  const flag = flagChange === undefined ? undefined : mergeFlag(before, flagChange, graphTime(clock.now()));
  const updated = mailbox.update(message.id, { ...changes, flag }, 'app');
  return written(context, updated, { status: 200, hasBody: tenant.patchAnswersBody });
}

function bodyOf(body: unknown): PatchBody {
  const parsed = patchBody.safeParse(body);
  if (!parsed.success) throw badRequest('The body of the PATCH is invalid.', 'ErrorInvalidRequest');
  const names = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  const others = names.filter((name) => !Object.hasOwn(patchBody.shape, name) && !name.startsWith('@'));
  if (others.some((name) => !isMessageProperty(name)))
    throw badRequest(`There is no property ${others.join(', ')} to change.`, 'ErrorInvalidRequest');
  if (others.length > 0) {
    throw new GraphFailure(403, 'ErrorAccessDenied', `To change ${others.join(', ')} takes Mail-Advanced.ReadWrite.`);
  }
  const { flag } = parsed.data;
  if (flag?.dueDateTime != null && flag.startDateTime == null)
    throw badRequest('The startDateTime of the flag is required with dueDateTime.', 'ErrorInvalidRequest');
  return parsed.data;
}

function outdated(): GraphFailure {
  return new GraphFailure(
    412,
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
  );
}
