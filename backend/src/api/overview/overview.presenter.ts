import { z } from 'zod';
import { maxCounted, maxSummed } from '../../accounts/overview-counts.ts';
import { mailboxResponse } from '../mailboxes/mailboxes.presenter.ts';
import { meResponse, preferencesResponse } from '../me.presenter.ts';
import { count, moment } from '../schemas.ts';

const capped = (max: number) => count.max(max + 1).describe(`${max + 1} means more than ${max}`);
const counted = capped(maxCounted);
const summed = capped(maxSummed);

export const overviewMailbox = mailboxResponse
  .pick({
    id: true,
    email: true,
    displayName: true,
    isConnected: true,
    lastSyncAt: true,
    state: true,
    pausedBy: true,
    access: true,
    sync: true,
  })
  .extend({
    coverageShare: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .describe('Share of the last 90 days, or since monitoring began, that was watched; null: not watched yet'),
  })
  .meta({ id: 'OverviewMailbox' });

const service = z.object({
  version: z.string(),
  stagingHours: z.number().describe('Hours for which mail waits before a rule deletes it'),
  undoDays: z.number().describe('Days for which an action can be undone'),
  timeZone: z.string().describe('IANA name of the zone in which the nightly analysis is scheduled'),
  nextAnalysisAt: moment.nullable().describe('null: not known, because Redis does not answer'),
  notifications: z.boolean().describe('true: Microsoft reports changes at once; false: they are looked for'),
});

export const overviewResponse = z
  .object({
    me: meResponse,
    preferences: preferencesResponse,
    service,
    mailboxes: z.array(overviewMailbox).describe("All of the caller's mailboxes, whatever `mailboxId` is"),
    counts: z.object({
      suggested: counted,
      detected: counted,
      approved: counted,
      staged: counted.describe(`Messages that wait to be deleted; ${maxCounted + 1} means more than ${maxCounted}`),
      leavingWithin2h: counted,
      unread: counted.describe('Unread notifications of the caller, whatever `mailboxId` is'),
      rulesOn: counted.describe("The caller's own rules that are enabled, without those of the organization"),
      rulesSuspended: counted.describe(
        'Rules that were switched off because their owner kept reversing them, and rules whose folder cannot be used',
      ),
      faults: counted.describe('Messages among `staged` whose last attempt failed'),
    }),
    last30Days: z.object({
      arrived: summed.describe('Messages that arrived'),
      acted: summed.describe('Actions of rules'),
      rescued: summed.describe('Staged messages that were put back'),
      undone: summed.describe('Actions that were undone'),
    }),
  })
  .meta({ id: 'Overview' });
