import { defined } from '../../lib/defined.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import type { IPattern, PatternStatus } from '../../models/index.ts';
import type { PatternCandidate } from '../detection/candidate.ts';
import { type StoredPattern, stampField } from '../stored-pattern.ts';

/** Fields that get a value; one that is undefined is removed. */
export type PatternChange = { readonly [K in keyof IPattern]?: IPattern[K] | undefined };

/** Percent: numbers that differ by less are equal, so that a row is not written each night for a little more age. */
const rounding = 0.02;

interface AnalysisPoint extends MailboxOwner {
  readonly now: Date;
}

/** Returns the row of a new pattern. */
export function patternRow(
  { userId, mailboxId, now }: AnalysisPoint,
  found: PatternCandidate,
  status: PatternStatus,
): Partial<IPattern> {
  const { patternType, key, condition, trigger, suggestedAction } = found;
  return {
    userId,
    mailboxId,
    patternType,
    key,
    status,
    condition: { ...condition },
    ...(trigger === undefined ? {} : { trigger }),
    suggestedAction: { ...suggestedAction },
    ...numbersOf(found),
    ...stampOf(status, now),
    lastAnalyzedAt: now,
  };
}

interface Judgment {
  readonly status: PatternStatus;
  /** Undefined when the pattern was not found again. */
  readonly found: PatternCandidate | undefined;
  readonly now: Date;
}

/**
 * Returns the changes of the row of a known pattern. An approved pattern keeps the numbers of its approval: actions of
 * its rule are no votes, so in time only exceptions would remain.
 * @returns undefined when nothing has changed
 */
export function changeOf(row: StoredPattern, { status, found, now }: Judgment): PatternChange | undefined {
  const isNewStatus = status !== row.status;
  const numbers = found === undefined || row.status === 'approved' ? undefined : numbersOf(found);
  const hasNewNumbers = numbers !== undefined && !isSame(numbers, row);
  if (!isNewStatus && !hasNewNumbers) return undefined;
  return {
    ...numbers,
    ...(numbers === undefined ? {} : { needed: found?.needed }),
    ...(isNewStatus ? { status, ...stampOf(status, now) } : {}),
    // a suggestion with `approvedAt` is one whose approval was withdrawn
    ...(isNewStatus && status !== 'expired' ? { approvedAt: undefined } : {}),
    lastAnalyzedAt: now,
  };
}

type Numbers = Pick<
  IPattern,
  | 'confidence'
  | 'lowerBound'
  | 'tier'
  | 'needed'
  | 'threshold'
  | 'sampleSize'
  | 'exceptionCount'
  | 'openedCount'
  | 'openedUnknownCount'
  | 'evidence'
  | 'blockers'
>;

function numbersOf(found: PatternCandidate): Numbers {
  const { confidence, lowerBound, tier, threshold, sampleSize, exceptionCount, evidence, blockers } = found;
  const { openedCount, openedUnknownCount, needed } = found;
  return defined<Numbers>({
    confidence,
    lowerBound,
    tier,
    needed,
    threshold,
    sampleSize,
    exceptionCount,
    openedCount,
    openedUnknownCount,
    evidence: evidence.map((entry) => ({ ...entry })),
    blockers: [...blockers],
  });
}

function isSame(one: Numbers, row: StoredPattern): boolean {
  return (
    isClose(one.confidence, row.confidence) &&
    isClose(one.lowerBound ?? 0, row.lowerBound ?? 0) &&
    one.tier === row.tier &&
    one.needed === row.needed &&
    one.threshold === row.threshold &&
    one.sampleSize === row.sampleSize &&
    one.exceptionCount === row.exceptionCount &&
    one.openedCount === row.openedCount &&
    one.openedUnknownCount === row.openedUnknownCount &&
    one.blockers.join() === row.blockers.join() &&
    evidenceText(one.evidence) === evidenceText(row.evidence)
  );
}

function isClose(one: number, other: number): boolean {
  return Math.abs(one - other) < rounding;
}

function evidenceText(evidence: IPattern['evidence']): string {
  return evidence.map(({ messageId, action, timestamp }) => `${messageId} ${action} ${timestamp?.getTime()}`).join(',');
}

function stampOf(status: PatternStatus, now: Date): Partial<IPattern> {
  return { [stampField(status)]: now };
}
