import { wilsonLowerBound } from '../statistics/wilson.ts';

const lastMessages = 10;
const contradictionsAllowed = 2;
const fallAllowed = 15;

/** What the owner did lately with the mail of an approved pattern; what its rule did and they let be counts as followed. */
export interface RecentBehavior {
  /** Percent. */
  readonly threshold: number;
  /** The newest last: whether the owner reversed or contradicted what the rule did, or would have done. */
  readonly contradicted: readonly boolean[];
  /** Messages of the last 30 days. */
  readonly recentSeen: number;
  readonly recentFollowed: number;
}

/** Why a rule must not go on by itself. */
type Drift = 'contradicted' | 'bound-fell';

/**
 * Whether the rule of an approved pattern must be suspended: its owner contradicted it 3 times of the last 10, or the
 * bound over the last 30 days fell 15 points below the threshold. So little mail that even without an exception its bound
 * would be as low as that is no fall, but few messages: then only the contradictions count.
 */
export function shouldSuspend(behavior: RecentBehavior): Drift | undefined {
  const { threshold, contradicted, recentSeen, recentFollowed } = behavior;
  const contradictions = contradicted.slice(-lastMessages).filter(Boolean).length;
  if (contradictions > contradictionsAllowed) return 'contradicted';

  const floor = (threshold - fallAllowed) / 100;
  const couldHold = wilsonLowerBound(recentSeen, recentSeen) >= floor;
  return couldHold && wilsonLowerBound(recentFollowed, recentSeen) < floor ? 'bound-fell' : undefined;
}
