import { wilsonLowerBound } from '../statistics/wilson.ts';

const lastMessages = 10;
const contradictionsAllowed = 2;
const fallAllowed = 15;

/** After so many messages without a contradiction a rule has proven itself. */
const provenBy = 5;

/** Recent behavior on the mail of an approved pattern. Actions of its rule that the owner kept count as followed. */
export interface RecentBehavior {
  /** Percent. */
  readonly threshold: number;
  /** Oldest first: true for a message on which the owner reversed or contradicted the rule. */
  readonly contradicted: readonly boolean[];
  /** Messages of the last 30 days. */
  readonly recentSeen: number;
  readonly recentFollowed: number;
}

/** Why a rule is suspended. */
type SuspensionCause = 'contradicted' | 'bound-fell';

/**
 * Decides whether the rule of an approved pattern is suspended: its owner contradicted 3 of the last 10 actions, or the
 * bound over the last 30 days fell 15 points below the threshold. With so little mail that even a share of 1 would give
 * a lower bound than that, only the contradictions count.
 * @returns the reason, or undefined when the rule stays enabled
 */
export function shouldSuspend(behavior: RecentBehavior): SuspensionCause | undefined {
  const { threshold, contradicted, recentSeen, recentFollowed } = behavior;
  if (isOftenContradicted(contradicted)) return 'contradicted';

  const floor = (threshold - fallAllowed) / 100;
  const couldHold = wilsonLowerBound(recentSeen, recentSeen) >= floor;
  return couldHold && wilsonLowerBound(recentFollowed, recentSeen) < floor ? 'bound-fell' : undefined;
}

/** Tells if more than two of the last ten actions were contradicted. @param contradicted oldest first */
export function isOftenContradicted(contradicted: readonly boolean[]): boolean {
  return contradicted.slice(-lastMessages).filter(Boolean).length > contradictionsAllowed;
}

/** Tells if a rule has proven itself since its approval: its newest five messages were not contradicted. */
export function hasProvenItself({ contradicted }: Pick<RecentBehavior, 'contradicted'>): boolean {
  return contradicted.length >= provenBy && !contradicted.slice(-provenBy).includes(true);
}
