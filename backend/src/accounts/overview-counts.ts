import { dayMs, hourMs } from '../lib/durations.ts';
import {
  AuditLog,
  EmailEvent,
  Mailbox,
  Notification,
  openStagingStatuses,
  Pattern,
  type PatternStatus,
  Rule,
  StagedEmail,
} from '../models/index.ts';
import { expiringStagingStatuses } from '../models/StagedEmail.ts';
import { countUpTo } from '../models/store/count-up-to.ts';
import { queryTimeoutMs, withQueryTimeout } from '../models/store/query-timeout.ts';
import { exists, isIn, since, until } from '../models/store/query-operators.ts';

/** The greatest number that a badge shows as it is. */
export const maxCounted = 1_000;
/** The greatest number that a sum over 30 days shows as it is. */
export const maxSummed = 10_000;

/** Whose rows are counted, and when. */
export interface CountScope {
  readonly userId: string;
  /** All mailboxes of the user if it is left out. */
  readonly mailboxId?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Numbers that stop at `maxCounted` + 1. Unread notifications are counted for the person, not for the mailbox. */
export interface OverviewCounts {
  readonly suggested: number;
  readonly detected: number;
  readonly approved: number;
  readonly staged: number;
  readonly leavingWithin2h: number;
  readonly unread: number;
  readonly rulesOn: number;
  readonly rulesSuspended: number;
  readonly faults: number;
}

/** Numbers that stop at `maxSummed` + 1. */
export interface OverviewSums {
  readonly arrived: number;
  readonly acted: number;
  readonly rescued: number;
  readonly undone: number;
}

function owned({ userId, mailboxId }: CountScope): { userId: string; mailboxId?: string } {
  return mailboxId === undefined ? { userId } : { userId, mailboxId };
}

/** Counts what a person may want to look at. @throws AppError 503 too_much */
export async function countOverview(scope: CountScope): Promise<OverviewCounts> {
  const own = owned(scope);
  const { userId, now } = scope;
  const patterns = (status: PatternStatus) => countUpTo(Pattern, { ...own, status }, maxCounted);
  const open = { ...own, status: isIn(openStagingStatuses) };
  const leaving = { ...own, status: isIn(expiringStagingStatuses), expiresAt: until(new Date(now + 2 * hourMs)) };
  const [suggested, detected, approved, staged, leavingWithin2h, faults, unread, rulesOn, rulesSuspended] =
    await Promise.all([
      patterns('suggested'),
      patterns('detected'),
      patterns('approved'),
      countUpTo(StagedEmail, open, maxCounted),
      countUpTo(StagedEmail, leaving, maxCounted),
      countUpTo(StagedEmail, { ...open, fault: exists() }, maxCounted),
      countUpTo(Notification, { userId, isRead: false }, maxCounted),
      countUpTo(Rule, { ...own, isEnabled: true }, maxCounted),
      countSuspended(scope),
    ]);
  return { suggested, detected, approved, staged, leavingWithin2h, faults, unread, rulesOn, rulesSuspended };
}

/** Counts the rules that analysis switched off, and those whose folder cannot be used in a mailbox. */
async function countSuspended(scope: CountScope): Promise<number> {
  const { userId, mailboxId } = scope;
  const mailbox = mailboxId === undefined ? { userId } : { userId, _id: mailboxId };
  const withoutPlace = { ...mailbox, 'suspendedRules.ruleId': exists() };
  const query = Mailbox.find(withoutPlace, 'suspendedRules.ruleId').maxTimeMS(queryTimeoutMs).lean();
  const [switchedOff, mailboxes] = await Promise.all([
    countUpTo(Rule, { ...owned(scope), suspendedAt: exists() }, maxCounted),
    withQueryTimeout(query.exec()),
  ]);
  const ruleIds = mailboxes.flatMap(({ suspendedRules = [] }) => suspendedRules.map(({ ruleId }) => ruleId));
  return Math.min(switchedOff + new Set(ruleIds).size, maxCounted + 1);
}

/** Sums up the last 30 days. @throws AppError 503 too_much */
export async function sumLast30Days(scope: CountScope): Promise<OverviewSums> {
  const own = owned(scope);
  const start = since(new Date(scope.now - 30 * dayMs));
  const done = { ...own, createdAt: start, 'details.result': 'done' };
  const [arrived, acted, rescued, undone] = await Promise.all([
    countUpTo(EmailEvent, { ...own, eventType: 'arrived', timestamp: start }, maxSummed),
    countUpTo(AuditLog, { ...done, action: isIn(['rule_executed', 'email_staged']) }, maxSummed),
    countUpTo(AuditLog, { ...done, action: 'email_rescued' }, maxSummed),
    countUpTo(AuditLog, { ...done, action: 'undo_action' }, maxSummed),
  ]);
  return { arrived, acted, rescued, undone };
}
