import type { Aggressiveness } from '../../models/index.ts';
import { adjustByBenjaminiHochberg } from '../statistics/benjamini-hochberg.ts';
import { binomialTail } from '../statistics/binomial-tail.ts';
import type { Blocker, PatternCondition } from './candidate.ts';
import { followedKey, type SuggestedAction } from './outcome.ts';
import { isKeptFrom, type Protection } from './protection.ts';
import { type Measure, measure, type Tally } from './tally.ts';
import { leastShareOf, thresholdOf } from './thresholds.ts';

const falseDiscoveryRate = 0.05;

/** A possible pattern: mail that meets a condition, and its most frequent action. */
export interface Hypothesis {
  /** `part`: the mail of one sender that meets a further condition. */
  readonly scope: 'sender' | 'part' | 'domain';
  readonly domain: string;
  readonly condition: PatternCondition;
  readonly action: SuggestedAction;
  readonly tally: Tally;
  readonly measured: Measure;
  /** Percent. */
  readonly threshold: number;
  readonly protection: Protection;
}

/** A hypothesis with the reasons against suggesting it. */
export interface TestedHypothesis extends Hypothesis {
  readonly blockers: readonly Blocker[];
  /** Undefined when there is too little mail for a test. */
  readonly pValue: number | undefined;
}

/** The tests of the part of a mailbox that is not read. */
export interface TestedElsewhere {
  /** Upper limit of the number of tested hypotheses of the whole mailbox, the current ones included. */
  readonly tested: number;
  /** The p-values of the others that may be small; the rest are taken as 1. */
  readonly pValues: readonly number[];
}

const nothingElsewhere: TestedElsewhere = { tested: 0, pValues: [] };

type Subject = Omit<Hypothesis, 'measured' | 'threshold'>;

/** Measures the mail of a possible pattern and looks up its threshold. */
export function hypothesisOf(subject: Subject, aggressiveness: Aggressiveness): Hypothesis {
  return {
    ...subject,
    measured: measure(subject.tally, followedKey(subject.action)),
    threshold: thresholdOf(subject.action.actionType, aggressiveness),
  };
}

/**
 * Tests all hypotheses of a mailbox together. The null hypothesis of each is "the true share is at most the threshold",
 * tested by the one-sided binomial tail of the effective counts; Benjamini–Hochberg keeps the false discovery rate at
 * 5 %. Hypotheses with so little mail that even a share of 1 could not reject are left out (R. E. Tarone, "A modified
 * Bonferroni method for discrete data", Biometrics 46, 1990); the amount of mail does not depend on what the owner did.
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
    const { measured, threshold, protection, action } = hypothesis;
    const blockers: Blocker[] = [];
    if (measured.bound * 100 < threshold) blockers.push('bound');
    if (measured.share < leastShare) blockers.push('exceptions');
    if (!proven.has(hypothesis)) blockers.push('chance');
    if (isOpenedFirst(hypothesis, leastShare)) blockers.push('opened');
    if (isKeptFrom(protection, action.actionType)) blockers.push('protected');
    return { ...hypothesis, blockers, pValue: pValues.get(hypothesis) };
  });
}

/**
 * Tells if a rule on arrival would take mail away that its owner opens first: without what was opened, or may have been,
 * the habit is not proven.
 */
function isOpenedFirst({ measured, threshold, action }: Hypothesis, leastShare: number): boolean {
  if (action.actionType === 'markRead' || measured.opened + measured.openedUnknown === 0) return false;
  return measured.unopened.bound * 100 < threshold || measured.unopened.share < leastShare;
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

/** Returns the number of hypotheses that have enough mail for a test. */
export function countTested(hypotheses: readonly Hypothesis[]): number {
  return hypotheses.filter(isTestable).length;
}

function isTestable({ measured, threshold }: Hypothesis): boolean {
  return (threshold / 100) ** measured.effectiveSeen <= falseDiscoveryRate;
}

function pValueOf({ measured, threshold }: Hypothesis): number {
  return binomialTail(measured.effectiveFollowed, measured.effectiveSeen, threshold / 100);
}
