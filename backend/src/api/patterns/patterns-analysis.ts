import { z } from 'zod';
import { findMailbox } from '../../accounts/mailboxes.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { AppError } from '../../lib/errors.ts';
import { id, noSuchMailbox } from '../schemas.ts';

export interface AnalysisPorts {
  /** Has a mailbox analyzed as soon as a worker is free; throws 503 when it cannot be asked for. */
  readonly requestAnalysis: (mailboxId: string) => Promise<void>;
}

/** Mounts how an owner asks for an analysis between two nights. */
export function mountAnalysis(context: RouteContext, { requestAnalysis }: AnalysisPorts): void {
  route(
    context,
    ['user', 'post', '/api/mailboxes/{mailboxId}/analyze'],
    {
      summary: 'Look for patterns in a mailbox at once; asking again while it waits changes nothing',
      tag: 'patterns',
      params: z.strictObject({ mailboxId: id }),
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
      await requestAnalysis(mailboxId);
      return { status: 202, body: { queued: true } };
    },
  );
}
