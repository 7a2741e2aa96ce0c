import { outcomeKey, type Vote } from './outcome.ts';

/** Returns the votes, and of those that one burst gave with one outcome the one with the first message id. */
export function onePerBurst(votes: Iterable<Vote>): Vote[] {
  const alone: Vote[] = [];
  const bursts = new Map<string, Vote>();
  for (const vote of votes) {
    if (vote.burst === undefined) {
      alone.push(vote);
      continue;
    }
    const key = `${outcomeKey(vote.outcome)} ${vote.burst}`;
    const known = bursts.get(key);
    if (known === undefined || vote.messageId < known.messageId) bursts.set(key, vote);
  }
  return [...alone, ...bursts.values()];
}
