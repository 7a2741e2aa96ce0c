import type { Aggressiveness } from '../../models/index.ts';
import { adjustByBenjaminiHochberg } from '../statistics/benjamini-hochberg.ts';
import { binomialTail } from '../statistics/binomial-tail.ts';
import type { Blocker, PatternCondition } from './candidate.ts';
import { followedKey, type SuggestedAction } from './outcome.ts';
import { type Measure, measure, type Tally } from './tally.ts';
import { leastShareOf, thresholdOf } from './thresholds.ts';

const falseDiscoveryRate = 0.05;

/** Something that may be a pattern: mail of a kind, and what most of it was done with. */
export interface Hypothesis {
  /** `part`: of the mail of one sender only what meets a further condition. */
  readonly scope: 'sender' | 'part' | 'domain';
  readonly domain: string;
  readonly condition: PatternCondition;
  readonly action: SuggestedAction;
  readonly tally: Tally;
  readonly measured: Measure;
  /** Percent. */
  readonly threshold: number;
  readonly isProtected: boolean;
}

/** A hypothesis with what speaks against suggesting it. */
export interface TestedHypothesis extends Hypothesis {
  readonly blockers: readonly Blocker[];
  /** Undefined when it is not counted as tested. */
  readonly pValue: number | undefined;
}

/** What else was tested of a mailbox of which only a part is tested. */
export interface TestedElsewhere {
  /** How many hypotheses the whole mailbox has, those that are tested now among them; never too few. */
  readonly tested: number;
  /** Of the others those that may be small; the p-values of the rest are taken to be 1. */
  readonly pValues: readonly number[];
}

const nothingElsewhere: TestedElsewhere = { tested: 0, pValues: [] };

type Subject = Omit<Hypothesis, 'measured' | 'threshold'>;

export function hypothesisOf(subject: Subject, aggressiveness: Aggressiveness): Hypothesis {
  return {
    ...subject,
    measured: measure(subject.tally, followedKey(subject.action)),
    threshold: thresholdOf(subject.action.actionType, aggressiveness),
  };
}

/**
 * Judges all hypotheses of a mailbox together. What is tested of each is "the true share is at most the threshold", by
 * the one-sided binomial tail of the effective counts; Benjamini–Hochberg holds the share of suggestions for which that
 * is true under 5 %. Those with so little mail that even a share of 1 could not reject it are not counted as tested
 * (R. E. Tarone, "A modified Bonferroni method for discrete data", Biometrics 46, 1990): how much mail there is does
 * not depend on what was done with it.
 */
export function testHypotheses(
  hypotheses: readonly Hypothesis[],
  aggressiveness: Aggressiveness,
  elsewhere: TestedElsewhere = nothingElsewhere,
): TestedHypothesis[] {
  const pValues = new Map(hypotheses.filter(isTestable).map((hypothesis) => [hypothesis, pValueOf(hypothesis)]));
  const proven = provenOf(pValues, elsewhere);
  const leastShare = leastShareOf(aggressiveness);
  return hypotheses.map((hypothesis) => {
    const { measured, threshold, isProtected, action } = hypothesis;
    const blockers: Blocker[] = [];
    if (measured.bound * 100 < threshold) blockers.push('bound');
    if (measured.share < leastShare) blockers.push('exceptions');
    if (!proven.has(hypothesis)) blockers.push('chance');
    if (isProtected && action.actionType === 'delete') blockers.push('protected');
    return { ...hypothesis, blockers, pValue: pValues.get(hypothesis) };
  });
}

function provenOf(
  pValues: ReadonlyMap<Hypothesis, number>,
  { tested, pValues: others }: TestedElsewhere,
): ReadonlySet<Hypothesis> {
  const known = [...pValues.values(), ...others];
  const rest = Array.from({ length: Math.max(0, tested - known.length) }, () => 1);
  const adjusted = adjustByBenjaminiHochberg([...known, ...rest]);
  return new Set([...pValues.keys()].filter((_hypothesis, index) => (adjusted[index] ?? 1) <= falseDiscoveryRate));
}

/** How many of the hypotheses count as tested. */
export function countTested(hypotheses: readonly Hypothesis[]): number {
  return hypotheses.filter(isTestable).length;
}

function isTestable({ measured, threshold }: Hypothesis): boolean {
  return (threshold / 100) ** measured.effectiveSeen <= falseDiscoveryRate;
}

function pValueOf({ measured, threshold }: Hypothesis): number {
  return binomialTail(measured.effectiveFollowed, measured.effectiveSeen, threshold / 100);
}
