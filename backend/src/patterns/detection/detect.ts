import { dayMs } from '../../lib/durations.ts';
import type { Aggressiveness } from '../../models/index.ts';
import { patternKey, type PatternCandidate, patternTypeOf } from './candidate.ts';
import { hypothesesAfterReading } from './after-reading.ts';
import { evidenceOf } from './evidence.ts';
import { climbAll, levelsOf, type MailboxLevels } from './forecasts.ts';
import { judge, type JudgedHypothesis } from './hypothesis.ts';
import { followedKey, type Vote } from './outcome.ts';
import { withoutOverlap } from './overlap.ts';
import { middleOf, type MonthCount } from './past.ts';
import type { Protection } from './protection.ts';
import { hypothesesOfLists } from './lists.ts';
import { hypothesesOfDomains, hypothesesOfSender, type Sender, senderOf } from './senders.ts';
import { weightByAge } from './tally.ts';

/** Possible patterns that fewer messages, or a smaller share of them, from 0 to 1, follow are not kept. */
const leastFollowed = 2;
const leastShare = 0.5;
/** With less mail nothing is judged. */
const leastJudged = 3;

export interface DetectionSettings {
  readonly now: Date;
  readonly aggressiveness: Aggressiveness;
  /** Half-life of a message's weight, in days. */
  readonly halfLifeDays: number;
  /** Days between the oldest and the newest message that are needed for any pattern. */
  readonly leastHistoryDays: number;
  /** Tells the protection of a sender; without an address, of all mail of a domain. */
  protectionOf(sender: { readonly email?: string; readonly domain: string }): Protection;
  /** Tells domains whose senders have nothing else in common: public providers, and the owner's organization. */
  isSharedDomain(domain: string): boolean;
  /** Tells if rules can move mail to a folder now, whatever it was when the owner did; left out, to any. */
  readonly isUsableTarget?: (folderId: string) => boolean;
}

/** The analysis of one mailbox, fed one sender at a time. */
export interface Detection {
  /**
   * @param votes all votes for one sender address
   * @param past what is known of it from former months, beside the votes
   */
  addSender(votes: readonly Vote[], past?: readonly MonthCount[]): void;
  /**
   * Ends the analysis.
   * @param known the levels of the whole mailbox when not all its senders were fed
   */
  finish(known?: MailboxLevels): Detected;
}

interface Detected {
  /** All patterns of the mailbox, highest forecast first. Each key occurs once. */
  readonly candidates: readonly PatternCandidate[];
  /** Number of possible patterns with enough mail to be judged. */
  readonly tested: number;
  readonly levels: MailboxLevels;
}

/**
 * Starts the analysis of one mailbox. It keeps counts and the newest messages of each sender, not the votes.
 * Hypotheses are about all mail of a sender, a part of a mixed sender's mail, and all mail of a domain.
 */
export function startDetection(settings: DetectionSettings): Detection {
  const weigh = weightByAge(settings.now, settings.halfLifeDays);
  const fed: Sender[] = [];
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  return {
    addSender(votes, past = []) {
      const [first] = votes;
      if (first === undefined) return;
      const times = [...votes.map(({ receivedAt }) => receivedAt), ...past.map(({ month }) => middleOf(month))];
      for (const time of times) {
        oldest = Math.min(oldest, time.getTime());
        newest = Math.max(newest, time.getTime());
      }
      fed.push(senderOf(votes, { first, past, weigh, settings }));
    },
    finish(known) {
      const senders = fed.toSorted((one, two) => (one.address < two.address ? -1 : 1)); // the sums do not depend on the order
      const ladders = climbAll(senders, known);
      const levels = levelsOf(ladders);
      if (!(newest - oldest >= settings.leastHistoryDays * dayMs)) return { candidates: [], tested: 0, levels };
      const ofSenders = senders.flatMap((sender, index) => hypothesesOfSender(sender, index, ladders));
      // of a part of the mailbox not all senders of a list are known
      const ofLists = known === undefined ? hypothesesOfLists(senders, ladders) : [];
      const afterReading = senders.flatMap(hypothesesAfterReading);
      const all = [...ofLists, ...ofSenders, ...afterReading, ...hypothesesOfDomains(senders, settings, ladders)];
      const judged = all.map((one) => withTargetChecked(judge(one, settings.aggressiveness), settings));
      const candidates = withoutOverlap(judged)
        .filter(({ measured: { followed, share } }) => followed >= leastFollowed && share >= leastShare)
        .toSorted((one, two) => two.forecast.mean - one.forecast.mean)
        .map(candidateOf);
      return { candidates, tested: judged.filter(({ measured }) => measured.seen >= leastJudged).length, levels };
    },
  };
}

/**
 * Detects the patterns in all votes of one mailbox, given in any order. The analysis feeds sender by sender instead.
 * @internal for tests and the benchmark
 */
export function detectPatterns(
  votes: Iterable<Vote>,
  settings: DetectionSettings,
  past: ReadonlyMap<string, readonly MonthCount[]> = new Map(),
): readonly PatternCandidate[] {
  const senders = new Map<string, Vote[]>();
  for (const vote of votes) {
    const known = senders.get(vote.sender);
    if (known === undefined) senders.set(vote.sender, [vote]);
    else known.push(vote);
  }
  const detection = startDetection(settings);
  for (const [sender, votesOfSender] of senders) detection.addSender(votesOfSender, past.get(sender));
  return detection.finish().candidates;
}

function withTargetChecked(tested: JudgedHypothesis, { isUsableTarget }: DetectionSettings): JudgedHypothesis {
  const { action, blockers } = tested;
  if (action.actionType !== 'move' || isUsableTarget?.(action.toFolder) !== false) return tested;
  return { ...tested, blockers: [...blockers, 'target'] };
}

function candidateOf(judged: JudgedHypothesis): PatternCandidate {
  const { condition, action, tally, measured, forecast, tier, threshold, blockers, needed, trigger } = judged;
  return {
    patternType: patternTypeOf(action),
    key: patternKey(condition, action, trigger),
    trigger,
    status: blockers.length === 0 ? 'suggested' : 'detected',
    tier,
    condition,
    suggestedAction: action,
    confidence: forecast.mean * 100,
    lowerBound: measured.bound * 100,
    threshold,
    sampleSize: measured.seen,
    exceptionCount: measured.seen - measured.followed,
    openedCount: measured.opened,
    openedUnknownCount: measured.openedUnknown,
    evidence: evidenceOf(tally, followedKey(action)),
    needed,
    blockers,
  };
}
