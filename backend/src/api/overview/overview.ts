import { z } from 'zod';
import { listMailboxes } from '../../accounts/mailboxes.ts';
import { countOverview, sumLast30Days } from '../../accounts/overview-counts.ts';
import { readPreferences } from '../../accounts/preferences.ts';
import { json, route, type RouteContext } from '../../http/route.ts';
import { readCoverageShares } from '../../observation/coverage/coverage-report.ts';
import { readStateFacts } from '../../observation/states/read-states.ts';
import { presentMailbox } from '../mailboxes/mailboxes.presenter.ts';
import { presentMe, presentPreferences } from '../me.presenter.ts';
import { requireOwnMailbox } from '../ownership.ts';
import { mailboxFilter, noSuchMailbox, tooSlow } from '../schemas.ts';
import { overviewMailbox, overviewResponse } from './overview.presenter.ts';

/** Facts about the service that pages show. */
export interface OverviewFacts {
  readonly version: string;
  readonly stagingHours: number;
  readonly undoDays: number;
  /** IANA name. */
  readonly timeZone: string;
  /** True when Graph can reach this service. */
  readonly notifications: boolean;
  /** Returns the time of the next analysis of all mailboxes; undefined when it is not known. Does not throw. */
  readonly nextAnalysisAt: () => Promise<Date | undefined>;
}

const query = z.strictObject({
  mailboxId: mailboxFilter.describe("Counts of one mailbox; of all of the caller's mailboxes when omitted"),
});

/** Mounts the overview: everything that the frame of the pages and the first page show, in one request. */
export function mountOverview(context: RouteContext, facts: OverviewFacts): void {
  route(
    context,
    ['user', 'get', '/api/overview'],
    {
      summary: 'The caller, their mailboxes, and the numbers of a first page, in one request',
      tag: 'me',
      query,
      responses: { 200: json(overviewResponse), 404: noSuchMailbox, 503: tooSlow },
    },
    async ({ query: { mailboxId } }, caller) => {
      const { userId } = caller;
      await requireOwnMailbox(userId, mailboxId);
      const scope = { userId, mailboxId, now: Date.now() };
      const [preferences, service, mailboxes, counts, last30Days] = await Promise.all([
        readPreferences(userId),
        describeService(facts),
        presentMailboxes(userId, scope.now),
        countOverview(scope),
        sumLast30Days(scope),
      ]);
      const body = {
        me: presentMe(caller),
        preferences: presentPreferences(preferences),
        service,
        mailboxes,
        counts,
        last30Days,
      };
      return { status: 200, body: body satisfies z.output<typeof overviewResponse> };
    },
  );
}

async function describeService({ nextAnalysisAt, ...facts }: OverviewFacts) {
  return { ...facts, nextAnalysisAt: (await nextAnalysisAt())?.toISOString() ?? null };
}

async function presentMailboxes(userId: string, now: number): Promise<z.output<typeof overviewMailbox>[]> {
  const [mailboxes, shares] = await Promise.all([listMailboxes(userId), readCoverageShares(userId, now)]);
  const facts = await readStateFacts(mailboxes);
  return facts.map((ofOne) => {
    const mailbox = presentMailbox(ofOne, now);
    return overviewMailbox.parse({ ...mailbox, coverageShare: shares.get(mailbox.id) ?? null });
  });
}
