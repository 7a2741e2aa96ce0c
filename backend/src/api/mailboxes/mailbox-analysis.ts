import { z } from 'zod';
import { findMailbox } from '../../accounts/mailboxes.ts';
import { json, route, type RouteContext } from '../../http/route.ts';
import { Pattern } from '../../models/index.ts';
import { countUpTo } from '../../models/store/count-up-to.ts';
import { count, id, moment, noSuchMailbox, tooSlow } from '../schemas.ts';

/** Facts about analysis that only Redis has. */
export interface AnalysisFacts {
  /** Returns the time of the next analysis of all mailboxes; undefined when it is not known. Does not throw. */
  readonly nextAnalysisAt: () => Promise<Date | undefined>;
  /** Tells if an analysis of a mailbox waits or runs. Does not throw. */
  readonly readAnalysisJob: (mailboxId: string) => Promise<'queued' | 'running' | undefined>;
}

const maxFound = 1_000;
const found = count.max(maxFound + 1).describe(`${maxFound + 1} means more than ${maxFound}`);

const analysisResponse = z
  .object({
    state: z.enum(['never', 'queued', 'running', 'idle']).describe('never: not analyzed yet; idle: waits for nextAt'),
    lastFinishedAt: moment.nullable(),
    nextAt: moment.nullable().describe('The next analysis of all mailboxes; null: not known, or it is disconnected'),
    hypothesesTested: count.nullable().describe('In the last analysis of the whole mailbox; null: none yet'),
    found: z.object({ suggested: found, detected: found }),
  })
  .meta({ id: 'MailboxAnalysis' });

/** Mounts the state of the analysis of a mailbox. */
export function mountAnalysisState(context: RouteContext, { nextAnalysisAt, readAnalysisJob }: AnalysisFacts): void {
  route(
    context,
    ['user', 'get', '/api/mailboxes/{mailboxId}/analysis'],
    {
      summary: 'State of the pattern analysis of a mailbox',
      tag: 'mailboxes',
      params: z.strictObject({ mailboxId: id }),
      responses: { 200: json(analysisResponse), 404: noSuchMailbox, 503: tooSlow },
    },
    async ({ params: { mailboxId } }, { userId }) => {
      const { isConnected, lastAnalyzedAt, analysis } = await findMailbox({ userId, mailboxId });
      const [nextAt, job, suggested, detected] = await Promise.all([
        isConnected ? nextAnalysisAt() : undefined,
        readAnalysisJob(mailboxId),
        countUpTo(Pattern, { userId, mailboxId, status: 'suggested' }, maxFound),
        countUpTo(Pattern, { userId, mailboxId, status: 'detected' }, maxFound),
      ]);
      const body: z.output<typeof analysisResponse> = {
        state: job ?? (lastAnalyzedAt === undefined ? 'never' : 'idle'),
        lastFinishedAt: lastAnalyzedAt?.toISOString() ?? null,
        nextAt: nextAt?.toISOString() ?? null,
        hypothesesTested: analysis?.tested ?? null,
        found: { suggested, detected },
      };
      return { status: 200, body };
    },
  );
}
