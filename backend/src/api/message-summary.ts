import { z } from 'zod';
import type { MessageSummary } from '../models/store/message-summaries.ts';
import { moment } from './schemas.ts';

export const messageSummary = z
  .object({
    messageId: z.string().describe("Graph's immutable message id"),
    sender: z.object({ name: z.string().nullable(), email: z.string().nullable() }),
    subject: z.string().nullable(),
    receivedAt: moment.nullable(),
  })
  .meta({ id: 'MessageSummary' });

/** The summary of a message in an answer that may lack it. */
export const messageOrNull = messageSummary
  .nullable()
  .describe('null: there is no message, or its arrival is not recorded (any more)');

/** Presents what a list shows of a message. */
export function presentMessage(message: MessageSummary | undefined): z.output<typeof messageOrNull> {
  if (message === undefined) return null;
  const { messageId, sender, subject, receivedAt } = message;
  return {
    messageId,
    sender: { name: sender?.name ?? null, email: sender?.email ?? null },
    subject: subject ?? null,
    receivedAt: receivedAt?.toISOString() ?? null,
  };
}
