import { z } from 'zod';
import { findMailbox } from '../../accounts/mailboxes.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { AppError } from '../../lib/errors.ts';
import { id, noSuchMailbox } from '../schemas.ts';

export interface AnalysisPorts {
  /** Queues an analysis of a mailbox. @throws AppError 503 when Redis is unavailable */
  readonly requestAnalysis: (mailboxId: string) => Promise<void>;
}

/** Mounts the request for an analysis outside the nightly schedule. */
export function mountAnalysis(context: RouteContext, { requestAnalysis }: AnalysisPorts): void {
  route(
    context,
    ['user', 'post', '/api/mailboxes/{mailboxId}/analyze'],
    {
      summary: 'Analyze a mailbox for patterns now. Idempotent while queued',
      tag: 'patterns',
      params: z.strictObject({ mailboxId: id }),
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
      await requestAnalysis(mailboxId);
      return { status: 202, body: { queued: true } };
    },
  );
}
