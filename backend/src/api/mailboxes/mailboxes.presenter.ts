import { z } from 'zod';
import type { VisibleMailbox } from '../../accounts/mailboxes.ts';
import { missingPermissions } from '../../auth/consent/permissions.ts';
import { chosenAccess, mailAccesses, mayAct } from '../../models/fields/mail-access.ts';
import { blindReasons } from '../../models/fields/watching.ts';
import {
  type MailboxState,
  activeSwitch,
  mailboxState,
  type StateFacts,
} from '../../observation/states/mailbox-state.ts';
import type { CoverageReport } from '../../observation/coverage/coverage-report.ts';
import { count, id, moment } from '../schemas.ts';
import { mailboxStateResponse, presentState } from './mailbox-state.presenter.ts';

const progressResponse = z.object({
  startedAt: moment,
  finishedAt: moment.nullable(),
  foldersTotal: count,
  foldersDone: count,
  messagesSeen: count,
});

const syncResponse = z.object({
  state: z
    .enum(['never', 'running', 'current', 'behind', 'stopped'])
    .describe('current: synchronized in time; stopped: disconnected, or it cannot be read. The reason: state'),
  lastSyncAt: moment
    .nullable()
    .describe('All changes up to this time have been read, except in folders that cannot be read (state)'),
  nextSyncAt: moment.nullable().describe('null: as soon as possible; or the mailbox is disconnected'),
  intervalSeconds: count.nullable().describe('Grows while change notifications prove reliable'),
  progress: progressResponse.nullable().describe('Progress of the current or last synchronization'),
  unreadable: count.describe('Items that could not be read in the current or last synchronization, and were skipped'),
});

export const mailboxResponse = z
  .object({
    id,
    email: z.string(),
    displayName: z.string().nullable(),
    isConnected: z.boolean(),
    connectedAt: moment.nullable(),
    disconnectedAt: moment.nullable(),
    disconnectReason: z.string().nullable().describe('sign_in_required, tokens_unreadable or by_user'),
    lastSyncAt: moment.nullable(),
    state: mailboxStateResponse,
    pausedBy: z
      .enum(['mailbox', 'user', 'both'])
      .nullable()
      .describe('The kill switch that is on, whatever the state; null: none'),
    access: z.enum(mailAccesses).describe('look: MSEDB only looks, and changes nothing. The details: /api/me/access'),
    sync: syncResponse,
    missingPermissions: z
      .array(z.object({ name: z.string(), purpose: z.string() }))
      .nullable()
      .describe('Permissions of Microsoft Graph that were not granted, and what they are for; null: not known yet'),
    settings: z.object({
      automationPaused: z.boolean(),
      whitelistedSenders: z.array(z.string()),
      whitelistedDomains: z.array(z.string()),
    }),
  })
  .meta({ id: 'Mailbox' });

type MailboxResponse = z.output<typeof mailboxResponse>;

/** Presents a mailbox to its owner. @param now milliseconds since the epoch */
export function presentMailbox(facts: StateFacts & { readonly mailbox: VisibleMailbox }, now: number): MailboxResponse {
  const { mailbox: row } = facts;
  const { automationPaused, whitelistedSenders, whitelistedDomains } = row.settings;
  const state = mailboxState(facts, now);
  return {
    id: row._id.toString(),
    email: row.email,
    displayName: row.displayName ?? null,
    isConnected: row.isConnected,
    connectedAt: row.connectedAt?.toISOString() ?? null,
    disconnectedAt: row.disconnectedAt?.toISOString() ?? null,
    disconnectReason: row.disconnectReason ?? null,
    lastSyncAt: row.lastSyncAt?.toISOString() ?? null,
    state: presentState(state, now),
    pausedBy: activeSwitch(facts) ?? null,
    access: mayAct(row) ? 'act' : 'look',
    sync: presentSync(row, state, now),
    missingPermissions: presentMissing(row),
    settings: { automationPaused, whitelistedSenders, whitelistedDomains },
  };
}

function presentMissing(row: VisibleMailbox): MailboxResponse['missingPermissions'] {
  const { grantedScopes = [] } = row;
  if (grantedScopes.length === 0) return null;
  return missingPermissions(grantedScopes, chosenAccess(row)).map(({ name, purpose }) => ({ name, purpose }));
}

function presentSync(row: VisibleMailbox, state: MailboxState, now: number): MailboxResponse['sync'] {
  const { isConnected, lastSyncAt, nextSyncAt, syncIntervalMs } = row;
  return {
    state: syncStateOf(state, isSyncRunning(row, now)),
    lastSyncAt: lastSyncAt?.toISOString() ?? null,
    nextSyncAt: isConnected ? (nextSyncAt?.toISOString() ?? null) : null,
    intervalSeconds: syncIntervalMs === undefined ? null : Math.round(syncIntervalMs / 1_000),
    progress: presentProgress(row.syncProgress),
    unreadable: row.syncProgress?.unreadable ?? 0,
  };
}

function syncStateOf({ kind }: MailboxState, isRunning: boolean): MailboxResponse['sync']['state'] {
  if (kind === 'disconnected' || kind === 'cannot_be_read') return 'stopped';
  if (isRunning) return 'running';
  if (kind === 'behind') return 'behind';
  return kind === 'first_reading' ? 'never' : 'current';
}

/** A long synchronization is done in several jobs: between them nobody holds the lease. */
function isSyncRunning({ isConnected, syncProgress, syncLease }: VisibleMailbox, now: number): boolean {
  const isUnfinished = syncProgress !== undefined && syncProgress.finishedAt === undefined;
  const isHeld = syncLease !== undefined && syncLease.until.getTime() > now;
  return isConnected && (isUnfinished || isHeld);
}

function presentProgress(progress: VisibleMailbox['syncProgress']): z.output<typeof progressResponse> | null {
  if (progress === undefined) return null;
  const { startedAt, finishedAt, foldersTotal, foldersDone, messagesSeen } = progress;
  return {
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    foldersTotal,
    foldersDone,
    messagesSeen,
  };
}

export const coverageResponse = z
  .object({
    watchedSince: moment.nullable().describe('null: not monitored yet'),
    windows: z
      .array(
        z.object({
          from: moment,
          to: moment.nullable().describe('null: ongoing'),
          reason: z.enum(blindReasons),
        }),
      )
      .describe('Monitoring gaps, newest first: single changes could not be observed'),
    blindSeconds: count.describe('Total length of the gaps in the last 90 days; overlaps count once'),
    share: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .describe(
        'Monitored share of the last 90 days, or of the time since monitoring started; null: not monitored yet',
      ),
  })
  .meta({ id: 'Coverage' });

/** Presents the monitoring coverage of a mailbox. */
export function presentCoverage(report: CoverageReport): z.output<typeof coverageResponse> {
  return {
    watchedSince: report.watchedSince?.toISOString() ?? null,
    windows: report.windows.map(({ from, to, reason }) => ({
      from: from.toISOString(),
      to: to?.toISOString() ?? null,
      reason,
    })),
    blindSeconds: report.blindSeconds,
    share: report.share ?? null,
  };
}
