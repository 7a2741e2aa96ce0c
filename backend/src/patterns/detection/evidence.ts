import { outcomeKey, type Vote } from './outcome.ts';
import type { Tally } from './tally.ts';

const entries = 10;
const exceptionsShown = 3;

/** One message for or against a pattern, in the fields of a Pattern row. */
export interface PatternEvidence {
  readonly messageId: string;
  readonly timestamp: Date;
  /** The owner's action. */
  readonly action: string;
  readonly isException: boolean;
  /** The message is older than the monitoring of its mailbox; it is classified by its current folder. */
  readonly foundInPlace: boolean;
}

/** Returns the ten newest messages, newest first; at most three of them, the newest ones, did not follow. */
export function evidenceOf(tally: Tally, followed: string): PatternEvidence[] {
  const exceptions = [...tally.outcomes]
    .filter(([key]) => key !== followed)
    .flatMap(([, { newest }]) => newest)
    .toSorted(newestFirst)
    .slice(0, exceptionsShown);
  const followers = tally.outcomes.get(followed)?.newest.slice(0, entries - exceptions.length) ?? [];
  return [...followers, ...exceptions].toSorted(newestFirst).map((vote) => ({
    messageId: vote.messageId,
    timestamp: vote.at,
    action: typeof vote.outcome === 'object' ? 'moved' : vote.outcome,
    isException: outcomeKey(vote.outcome) !== followed,
    foundInPlace: vote.foundInPlace && vote.placement,
  }));
}

function newestFirst(one: Vote, two: Vote): number {
  return two.at.getTime() - one.at.getTime();
}
