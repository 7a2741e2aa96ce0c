import { dayMs } from '../../lib/durations.ts';
import type { Aggressiveness } from '../../models/index.ts';
import { patternKey, type PatternCandidate, patternTypeOf } from './candidate.ts';
import { areStrangers, type DomainMember } from './strangers.ts';
import type { Protection } from './protection.ts';
import { domainHabit } from './detect-domain.ts';
import { partsOf } from './detect-parts.ts';
import { evidenceOf } from './evidence.ts';
import {
  countTested,
  type Hypothesis,
  hypothesisOf,
  type TestedHypothesis,
  testHypotheses,
  type TestedElsewhere,
} from './hypothesis.ts';
import { followedKey, type Vote } from './outcome.ts';
import { withoutOverlap } from './overlap.ts';
import { strongestAction, type Tally, tallyVotes, weightByAge } from './tally.ts';
import { leastShareOf } from './thresholds.ts';

/** From 0 to 1: patterns with a smaller bound are dropped. */
const leastBound = 0.5;

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
  /** @param votes all votes for one sender address */
  addSender(votes: readonly Vote[]): void;
  /**
   * Returns all patterns of the mailbox, highest bound first. Each key occurs once.
   * @param elsewhere the tests of the senders that were not fed
   */
  finish(elsewhere?: TestedElsewhere): PatternCandidate[];
  /** Returns the number of hypotheses to test for the senders fed so far. */
  countTested(): number;
}

interface Domain {
  readonly senders: Tally[];
  readonly members: DomainMember[];
  hasProtected: boolean;
}

/**
 * Starts the analysis of one mailbox. It keeps counts and the newest messages of each sender, not the votes.
 * Hypotheses are about all mail of a sender, a part of a mixed sender's mail, and all mail of a domain.
 */
export function startDetection(settings: DetectionSettings): Detection {
  const weigh = weightByAge(settings.now, settings.halfLifeDays);
  const hypotheses: Hypothesis[] = [];
  const domains = new Map<string, Domain>();
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  const all = (): Hypothesis[] => [...hypotheses, ...hypothesesOfDomains(domains, settings)];
  return {
    addSender(votes) {
      const [first] = votes;
      if (first === undefined) return;
      for (const { receivedAt } of votes) {
        oldest = Math.min(oldest, receivedAt.getTime());
        newest = Math.max(newest, receivedAt.getTime());
      }
      const tally = tallyVotes(votes, weigh);
      const protection = settings.protectionOf({ email: first.sender, domain: first.domain });
      addToDomain(domains, first.domain, { tally, protection, member: memberOf(first, votes) });
      hypotheses.push(...hypothesesOfSender({ votes, tally, protection, weigh }, settings.aggressiveness));
    },
    countTested: () => countTested(all()),
    finish(elsewhere) {
      if (!(newest - oldest >= settings.leastHistoryDays * dayMs)) return [];
      const tested = testHypotheses(all(), settings.aggressiveness, elsewhere);
      return withoutOverlap(tested.map((one) => withTargetChecked(one, settings)))
        .filter(({ measured }) => measured.bound >= leastBound)
        .toSorted((one, two) => two.measured.bound - one.measured.bound)
        .map(candidateOf);
    },
  };
}

/**
 * Detects the patterns in all votes of one mailbox, given in any order. The analysis feeds sender by sender instead.
 * @internal for tests and the benchmark
 */
export function detectPatterns(votes: Iterable<Vote>, settings: DetectionSettings): PatternCandidate[] {
  const senders = new Map<string, Vote[]>();
  for (const vote of votes) {
    const known = senders.get(vote.sender);
    if (known === undefined) senders.set(vote.sender, [vote]);
    else known.push(vote);
  }
  const detection = startDetection(settings);
  for (const votesOfSender of senders.values()) detection.addSender(votesOfSender);
  return detection.finish();
}

function addToDomain(
  domains: Map<string, Domain>,
  name: string,
  sender: { readonly tally: Tally; readonly protection: Protection; readonly member: DomainMember },
): void {
  const domain = domains.get(name) ?? { senders: [], members: [], hasProtected: false };
  domain.senders.push(sender.tally);
  domain.members.push(sender.member);
  domain.hasProtected ||= sender.protection !== 'none';
  domains.set(name, domain);
}

function memberOf({ sender, senderName }: Vote, votes: readonly Vote[]): DomainMember {
  const newsletters = votes.filter(({ isNewsletter }) => isNewsletter).length;
  return { address: sender, name: senderName, messages: votes.length, newsletters };
}

interface SenderVotes {
  readonly votes: readonly Vote[];
  readonly tally: Tally;
  readonly protection: Protection;
  readonly weigh: (vote: Vote) => number;
}

function hypothesesOfSender(sender: SenderVotes, aggressiveness: Aggressiveness): Hypothesis[] {
  const { votes, tally, protection, weigh } = sender;
  const [first] = votes;
  const action = strongestAction(tally);
  if (first === undefined || action === undefined) return [];

  const condition = { senderEmail: first.sender };
  const common = { domain: first.domain, protection };
  const whole = hypothesisOf({ ...common, scope: 'sender', condition, action, tally }, aggressiveness);
  if (whole.measured.share >= leastShareOf(aggressiveness)) return [whole];
  const parts = partsOf(votes, tally, weigh).flatMap((part) => {
    const partAction = strongestAction(part.tally);
    if (partAction === undefined) return [];
    const partCondition = { ...condition, ...part.condition };
    const subject = { ...common, condition: partCondition, action: partAction, tally: part.tally };
    return [hypothesisOf({ ...subject, scope: 'part' }, aggressiveness)];
  });
  return [whole, ...parts];
}

function hypothesesOfDomains(domains: ReadonlyMap<string, Domain>, settings: DetectionSettings): Hypothesis[] {
  return [...domains].flatMap(([domain, { senders, members, hasProtected }]) => {
    if (settings.isSharedDomain(domain) || areStrangers(members)) return [];
    const habit = domainHabit(senders);
    if (habit === undefined) return [];
    const condition = { senderDomain: domain };
    const ofDomain = settings.protectionOf({ domain });
    const protection = hasProtected && ofDomain === 'none' ? 'removal' : ofDomain;
    return [hypothesisOf({ scope: 'domain', domain, condition, protection, ...habit }, settings.aggressiveness)];
  });
}

function withTargetChecked(tested: TestedHypothesis, { isUsableTarget }: DetectionSettings): TestedHypothesis {
  const { action, blockers } = tested;
  if (action.actionType !== 'move' || isUsableTarget?.(action.toFolder) !== false) return tested;
  return { ...tested, blockers: [...blockers, 'target'] };
}

function candidateOf({
  condition,
  action,
  tally,
  measured,
  threshold,
  blockers,
  pValue,
}: TestedHypothesis): PatternCandidate {
  return {
    patternType: patternTypeOf(action),
    key: patternKey(condition, action),
    status: blockers.length === 0 ? 'suggested' : 'detected',
    condition,
    suggestedAction: action,
    confidence: measured.bound * 100,
    threshold,
    sampleSize: measured.seen,
    exceptionCount: measured.seen - measured.followed,
    openedCount: measured.opened,
    openedUnknownCount: measured.openedUnknown,
    pValue,
    evidence: evidenceOf(tally, followedKey(action)),
    blockers,
  };
}
