import type { Vote } from '../detection/outcome.ts';
import { type Replay, type ReplayedRule, replay } from '../replay.ts';
import { wilsonLowerBound } from '../statistics/wilson.ts';

const contradictionsShown = 100;
const sampleShown = 10;

/** A replay over a period, with lists of contradictions of limited length. */
export interface PastReplay extends Replay {
  readonly from: Date;
  readonly to: Date;
}

/** Sums the replays of one rule over parts of the votes. */
export class ReplaySum {
  #considered = 0;
  #matched = 0;
  #agreed = 0;
  #contradicted = 0;
  /** The newest first. */
  #newest: Vote[] = [];

  add(votes: readonly Vote[], rule: ReplayedRule, now: Date): void {
    const part = replay(votes, rule, now);
    this.#considered += part.considered;
    this.#matched += part.matched;
    this.#agreed += part.agreed;
    this.#contradicted += part.contradicted;
    const shown = new Set(part.contradictions.slice(0, contradictionsShown));
    this.#newest = [...this.#newest, ...votes.filter(({ messageId }) => shown.has(messageId))]
      .toSorted((one, two) => two.at.getTime() - one.at.getTime())
      .slice(0, contradictionsShown);
  }

  result(): Replay {
    const judged = this.#agreed + this.#contradicted;
    return {
      considered: this.#considered,
      matched: this.#matched,
      agreed: this.#agreed,
      contradicted: this.#contradicted,
      precision: judged === 0 ? undefined : this.#agreed / judged,
      precisionBound: judged === 0 ? undefined : wilsonLowerBound(this.#agreed, judged),
      coverage: this.#considered === 0 ? 0 : this.#matched / this.#considered,
      contradictions: this.#newest.map(({ messageId }) => messageId),
      sample: this.#newest.slice(0, sampleShown),
    };
  }
}
