import type { Types } from 'mongoose';
import { mailboxNotFound } from '../../lib/errors.ts';
import { eventRetentionMs } from '../../lib/retention.ts';
import { type IBlindWindow, type IMailbox, Mailbox } from '../../models/index.ts';
import { isUnreadable } from '../states/read-fault.ts';
import { mergeSpans } from './blind-windows.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';

type Watched = Pick<IMailbox, 'isConnected'> &
  Partial<Pick<IMailbox, 'watchedSince' | 'blindWindows' | 'disconnectedAt' | 'readFault'>>;

const fields = 'isConnected watchedSince blindWindows disconnectedAt readFault';

/** Monitoring coverage of a mailbox. */
export interface CoverageReport {
  /** Undefined until the mailbox is watched for the first time. */
  readonly watchedSince: Date | undefined;
  /** Blind windows, newest first; one without an end is still open. */
  readonly windows: readonly (Pick<IBlindWindow, 'from' | 'reason'> & { readonly to: Date | undefined })[];
  /** Total within the retention of events (90 days); overlapping windows count once. */
  readonly blindSeconds: number;
  /** Share of the last 90 days, or since `watchedSince` if that is shorter, that was watched: 0 to 1. */
  readonly share: number | undefined;
}

/**
 * Reads the monitoring coverage of a mailbox.
 * @param now milliseconds since the epoch
 * @throws NotFoundError when the user has no such mailbox; AppError 503 too_much
 */
export async function readCoverage(
  { userId, mailboxId }: { readonly userId: string; readonly mailboxId: string },
  now: number,
): Promise<CoverageReport> {
  const query = Mailbox.findOne({ userId, _id: mailboxId }, fields).maxTimeMS(queryTimeoutMs).lean<Watched>();
  const mailbox = await withQueryTimeout(query.exec());
  if (mailbox === null) throw mailboxNotFound();
  return reportCoverage(mailbox, now);
}

/**
 * Reads the share of the last 90 days in which each mailbox of a user was watched: 0 to 1, by mailbox id. A mailbox that
 * was never watched is left out.
 * @param now milliseconds since the epoch
 * @throws AppError 503 too_much
 */
export async function readCoverageShares(userId: string, now: number): Promise<ReadonlyMap<string, number>> {
  const query = Mailbox.find({ userId }, fields)
    .maxTimeMS(queryTimeoutMs)
    .lean<(Watched & { _id: Types.ObjectId })[]>();
  const mailboxes = await withQueryTimeout(query.exec());
  const shares = mailboxes.map((row) => [row._id.toHexString(), reportCoverage(row, now).share] as const);
  return new Map(shares.flatMap(([id, share]) => (share === undefined ? [] : [[id, share] as const])));
}

function reportCoverage(mailbox: Watched, now: number): CoverageReport {
  const { watchedSince, blindWindows = [] } = mailbox;
  const windows = [...blindWindows, ...(watchedSince === undefined ? [] : openWindows(mailbox))].toSorted(
    (a, b) => b.from.getTime() - a.from.getTime(),
  );
  const start = Math.max(now - eventRetentionMs, watchedSince?.getTime() ?? 0);
  const end = new Date(now);
  const spans = windows.map(({ from, to = end }) => ({ from, to }));
  const blindMs = mergeSpans(spans, { from: new Date(start), to: end }).reduce(
    (total, { from, to }) => total + (to.getTime() - from.getTime()),
    0,
  );
  return {
    watchedSince,
    windows,
    blindSeconds: Math.round(blindMs / 1_000),
    share: watchedSince === undefined ? undefined : 1 - blindMs / Math.max(1, now - start),
  };
}

/** Returns the windows that have not ended: nothing is seen of a mailbox that is disconnected, or cannot be read. */
function openWindows({ isConnected, disconnectedAt, readFault }: Watched): CoverageReport['windows'] {
  const isGone = !isConnected && disconnectedAt !== undefined;
  const isFaulty = readFault !== undefined && isUnreadable(readFault.reason);
  return [
    ...(isGone ? [{ from: disconnectedAt, to: undefined, reason: 'disconnected' as const }] : []),
    ...(isFaulty ? [{ from: readFault.since, to: undefined, reason: 'unreadable' as const }] : []),
  ];
}
