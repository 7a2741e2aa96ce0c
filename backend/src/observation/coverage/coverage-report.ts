import { mailboxNotFound } from '../../lib/errors.ts';
import { eventRetentionMs } from '../../lib/retention.ts';
import { type IBlindWindow, type IMailbox, Mailbox } from '../../models/index.ts';
import { mergeSpans } from './blind-windows.ts';

type Watched = Pick<IMailbox, 'isConnected'> &
  Partial<Pick<IMailbox, 'watchedSince' | 'blindWindows' | 'disconnectedAt'>>;

/** How well a mailbox has been watched. */
export interface CoverageReport {
  /** Missing while it has never been watched. */
  readonly watchedSince: Date | undefined;
  /** Newest first; one without an end lasts still. */
  readonly windows: readonly (Pick<IBlindWindow, 'from' | 'reason'> & { readonly to: Date | undefined })[];
  /** Of the last 90 days; where windows overlap they count once. */
  readonly blindSeconds: number;
  /** Which part of the last 90 days, or of the shorter time since it is watched, was seen: 0 to 1; undefined before. */
  readonly share: number | undefined;
}

/** @param now milliseconds since the epoch; @throws NotFoundError when the user has no such mailbox */
export async function readCoverage(
  { userId, mailboxId }: { readonly userId: string; readonly mailboxId: string },
  now: number,
): Promise<CoverageReport> {
  const mailbox = await Mailbox.findOne(
    { userId, _id: mailboxId },
    'isConnected watchedSince blindWindows disconnectedAt',
  ).lean<Watched>();
  if (mailbox === null) throw mailboxNotFound();
  return reportCoverage(mailbox, now);
}

function reportCoverage(mailbox: Watched, now: number): CoverageReport {
  const { watchedSince, blindWindows = [], isConnected, disconnectedAt } = mailbox;
  const isBlindNow = !isConnected && disconnectedAt !== undefined && watchedSince !== undefined;
  const windows = [
    ...blindWindows,
    ...(isBlindNow ? [{ from: disconnectedAt, to: undefined, reason: 'disconnected' as const }] : []),
  ].toSorted((a, b) => b.from.getTime() - a.from.getTime());
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
