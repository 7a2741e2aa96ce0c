import type { Types } from 'mongoose';
import type { IPattern, PatternStatus } from '../../models/index.ts';
import type { PatternCandidate } from '../detection/candidate.ts';
import { type StoredPattern, stampField } from '../stored-pattern.ts';

/** Fields that get a value; one that is undefined is removed. */
export type PatternChange = { readonly [K in keyof IPattern]?: IPattern[K] | undefined };

/** Numbers that differ by less are the same: the same messages a day later give the same share, but for rounding. */
const rounding = 1e-6;

interface AnalysisPoint {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly now: Date;
}

/** The row of a pattern that is found for the first time. */
export function patternRow(
  { userId, mailboxId, now }: AnalysisPoint,
  found: PatternCandidate,
  status: PatternStatus,
): Partial<IPattern> {
  const { patternType, key, condition, suggestedAction } = found;
  return {
    userId,
    mailboxId,
    patternType,
    key,
    status,
    condition: { ...condition },
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
 * What has to be written to the row of a known pattern. An approved one keeps the numbers that it was approved with: what
 * its rule does is no vote, and so in time only the exceptions would be left.
 * @returns undefined when nothing about it is new
 */
export function changeOf(row: StoredPattern, { status, found, now }: Judgment): PatternChange | undefined {
  const isNewStatus = status !== row.status;
  const numbers = found === undefined || row.status === 'approved' ? undefined : numbersOf(found);
  const hasNewNumbers = numbers !== undefined && !isSame(numbers, row);
  const hasOldPValue = numbers?.pValue === undefined && row.pValue !== undefined && row.status !== 'approved';
  if (!isNewStatus && !hasNewNumbers && !hasOldPValue) return undefined;
  return {
    ...numbers,
    ...(isNewStatus ? { status, ...stampOf(status, now) } : {}),
    ...(hasOldPValue ? { pValue: undefined } : {}),
    // with it, a suggestion is an approval that its owner took back
    ...(isNewStatus && status !== 'expired' ? { approvedAt: undefined } : {}),
    lastAnalyzedAt: now,
  };
}

type Numbers = Pick<
  IPattern,
  'confidence' | 'threshold' | 'sampleSize' | 'exceptionCount' | 'pValue' | 'evidence' | 'blockers'
>;

function numbersOf(found: PatternCandidate): Numbers {
  const { confidence, threshold, sampleSize, exceptionCount, pValue, evidence, blockers } = found;
  return {
    confidence,
    threshold,
    sampleSize,
    exceptionCount,
    ...(pValue === undefined ? {} : { pValue }),
    evidence: evidence.map((entry) => ({ ...entry })),
    blockers: [...blockers],
  };
}

function isSame(one: Numbers, row: StoredPattern): boolean {
  return (
    isClose(one.confidence, row.confidence) &&
    isClose(one.pValue ?? 1, row.pValue ?? 1) &&
    one.threshold === row.threshold &&
    one.sampleSize === row.sampleSize &&
    one.exceptionCount === row.exceptionCount &&
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
