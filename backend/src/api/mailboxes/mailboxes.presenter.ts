import { z } from 'zod';
import type { VisibleMailbox } from '../../accounts/mailboxes.ts';
import { blindReasons } from '../../models/Mailbox.ts';
import type { CoverageReport } from '../../observation/coverage/coverage-report.ts';
import { count, id, moment } from '../schemas.ts';

const progressResponse = z.object({
  startedAt: moment,
  finishedAt: moment.nullable(),
  foldersTotal: count,
  foldersDone: count,
  messagesSeen: count,
});

const syncResponse = z.object({
  state: z
    .enum(['never', 'running', 'current'])
    .describe('current: it was synchronized, and notifications and the next synchronization bring what is new'),
  lastSyncAt: moment.nullable().describe('Up to this moment everything has been seen'),
  nextSyncAt: moment.nullable().describe('null: as soon as possible, or never while it is disconnected'),
  intervalSeconds: count.nullable().describe('It grows while notifications are seen to work'),
  progress: progressResponse.nullable().describe('Of the synchronization that runs, or ran last'),
});

export const mailboxResponse = z.object({
  id,
  email: z.string(),
  displayName: z.string().nullable(),
  isConnected: z.boolean(),
  connectedAt: moment.nullable(),
  disconnectedAt: moment.nullable(),
  disconnectReason: z.string().nullable().describe('sign_in_required, tokens_unreadable or by_user'),
  lastSyncAt: moment.nullable(),
  sync: syncResponse,
  settings: z.object({
    automationPaused: z.boolean(),
    whitelistedSenders: z.array(z.string()),
    whitelistedDomains: z.array(z.string()),
  }),
});

/** What an owner sees of a mailbox. @param now milliseconds since the epoch */
export function presentMailbox(row: VisibleMailbox, now: number): z.output<typeof mailboxResponse> {
  const { automationPaused, whitelistedSenders, whitelistedDomains } = row.settings;
  return {
    id: row._id.toString(),
    email: row.email,
    displayName: row.displayName ?? null,
    isConnected: row.isConnected,
    connectedAt: row.connectedAt?.toISOString() ?? null,
    disconnectedAt: row.disconnectedAt?.toISOString() ?? null,
    disconnectReason: row.disconnectReason ?? null,
    lastSyncAt: row.lastSyncAt?.toISOString() ?? null,
    sync: presentSync(row, now),
    settings: { automationPaused, whitelistedSenders, whitelistedDomains },
  };
}

function presentSync(row: VisibleMailbox, now: number): z.output<typeof syncResponse> {
  const { isConnected, lastSyncAt, nextSyncAt, syncIntervalMs } = row;
  return {
    state: isSyncRunning(row, now) ? 'running' : lastSyncAt === undefined ? 'never' : 'current',
    lastSyncAt: lastSyncAt?.toISOString() ?? null,
    nextSyncAt: isConnected ? (nextSyncAt?.toISOString() ?? null) : null,
    intervalSeconds: syncIntervalMs === undefined ? null : Math.round(syncIntervalMs / 1_000),
    progress: presentProgress(row.syncProgress),
  };
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

export const coverageResponse = z.object({
  watchedSince: moment.nullable().describe('null: not watched yet'),
  windows: z
    .array(
      z.object({
        from: moment,
        to: moment.nullable().describe('null: it lasts still'),
        reason: z.enum(blindReasons),
      }),
    )
    .describe('When changes could not be seen one by one, the newest first'),
  blindSeconds: count.describe('Of the last 90 days; where windows overlap they count once'),
  share: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('Which part of the last 90 days, or since it is watched, was seen; null: not watched yet'),
});

/** What an owner sees of how well a mailbox was watched. */
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
