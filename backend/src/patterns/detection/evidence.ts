import { outcomeKey, type Vote } from './outcome.ts';
import type { Tally } from './tally.ts';

const entries = 10;
const exceptionsShown = 3;

/** One message that speaks for or against a pattern, in the fields of a Pattern row. */
export interface Evidence {
  readonly messageId: string;
  readonly timestamp: Date;
  /** What the owner did with it. */
  readonly action: string;
  readonly isException: boolean;
  /** It was there before its mailbox was watched, and speaks by where it rests. */
  readonly foundInPlace: boolean;
}

/** The ten newest messages, newest first; up to three of them are the newest that did not follow. */
export function evidenceOf(tally: Tally, followed: string): Evidence[] {
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
