import { dayMs } from '../../src/lib/durations.ts';
import { eventRetentionDays } from '../../src/lib/retention.ts';
import type { PatternCandidate } from '../../src/patterns/detection/candidate.ts';
import { detectPatterns, type DetectionSettings } from '../../src/patterns/detection/detect.ts';
import type { MatchConditions } from '../../src/rules/matcher.ts';
import type { SuggestedAction, Vote } from '../../src/patterns/detection/outcome.ts';
import type { Tier } from '../../src/patterns/ladder/bars.ts';
import { monthOf, type MonthCount } from '../../src/patterns/detection/past.ts';
import { type VoteEvent, votesOf } from '../../src/patterns/detection/votes.ts';
import { wilsonLowerBound } from '../../src/patterns/statistics/wilson.ts';
import { passGates } from './gates/gates.ts';
import type { SenderMail } from './placements.ts';

const leastBound = 0.8;
const leastRatio = 0.8;
const leastMessages = 3;

/** A rule as a method would suggest it. */
export interface LearnedRule {
  readonly conditions: MatchConditions;
  /** Target folder of the rule. */
  readonly folder: string;
}

/** Learns rules from one mailbox. */
export type Method = (mail: readonly SenderMail[]) => LearnedRule[];

/** Suggests the share itself: at least 80 % of at least three messages. */
export const rawRatio: Method = bySender((followed, seen) => seen >= leastMessages && followed / seen >= leastRatio);

/** Suggests the lower Wilson bound by itself: at least 80 %. */
export const plainWilson: Method = bySender((followed, seen) => wilsonLowerBound(followed, seen) >= leastBound);

function bySender(isGood: (followed: number, seen: number) => boolean): Method {
  return (mail) =>
    mail.flatMap(({ sender, folders }) => {
      const [folder, followed] = mostFrequent(folders);
      if (folder === undefined || folder === 'inbox' || !isGood(followed, folders.length)) return [];
      return [{ conditions: { senderEmail: sender }, folder }];
    });
}

function mostFrequent(folders: readonly string[]): readonly [string | undefined, number] {
  const counts = new Map<string, number>();
  for (const folder of folders) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  return [...counts].toSorted((one, two) => two[1] - one[1])[0] ?? [undefined, 0];
}

export type DetectionOptions = Pick<DetectionSettings, 'aggressiveness' | 'isSharedDomain'>;

const halfLifeDays = 365;

/** Our detection: the placements become the events that a first synchronization would record, of the days when it came. */
export function detection(options: DetectionOptions, tiers: readonly Tier[]): Method {
  return (mail) =>
    candidatesIn(mail, options)
      .filter(({ status, tier, trigger }) => status === 'suggested' && tiers.includes(tier) && trigger === undefined)
      .map(({ condition, suggestedAction }) => ({ conditions: condition, folder: folderOf(suggestedAction) }));
}

/** Returns all that our detection finds. */
export function candidatesIn(mail: readonly SenderMail[], options: DetectionOptions): readonly PatternCandidate[] {
  const now = new Date();
  const settings = { ...options, now, halfLifeDays, leastHistoryDays: 0, protectionOf: () => 'none' as const };
  return detectPatterns(votesIn(mail, now), settings, pastIn(mail, now));
}

/** The detection of former versions. */
export function formerDetection(options: DetectionOptions): Method {
  const now = new Date();
  return (mail) =>
    passGates(votesIn(mail, now), { ...options, now }).map(({ conditions, action }) => ({
      conditions,
      folder: folderOf(action),
    }));
}

function votesIn(mail: readonly SenderMail[], now: Date): Vote[] {
  return votesOf(toEvents(mail, now.getTime() - 2 * dayMs), { now, folderKindOf, blindWindows: [] });
}

/** What the counts of former months know of mail that is older than its events. */
function pastIn(mail: readonly SenderMail[], now: Date): ReadonlyMap<string, readonly MonthCount[]> {
  return new Map(
    mail.map(({ sender, folders, ages }) => [
      sender,
      folders.flatMap((folder, index): MonthCount[] => {
        const age = ages?.[index] ?? 0;
        if (age + 2 <= eventRetentionDays) return [];
        const month = monthOf(new Date(now.getTime() - age * dayMs));
        return [{ month, outcome: outcomeOf(folder), opened: 'no', messages: 1 }];
      }),
    ]),
  );
}

function outcomeOf(folder: string): MonthCount['outcome'] {
  if (folder === 'inbox') return 'left';
  return folder === 'deleted' ? folder : { moved: folder };
}

function* toEvents(mail: readonly SenderMail[], newest: number): Generator<VoteEvent> {
  for (const { sender, domain, folders, ages } of mail) {
    for (const [index, toFolder] of folders.entries()) {
      const receivedAt = new Date(newest - (ages?.[index] ?? 0) * dayMs);
      yield {
        messageId: `${sender}/${index}`,
        eventType: 'arrived',
        timestamp: receivedAt,
        receivedAt,
        sender: { email: sender, domain },
        toFolder,
        isRead: false,
        metadata: { foundInPlace: true },
      };
    }
  }
}

function folderKindOf(folder: string): 'inbox' | 'deleted' | undefined {
  return folder === 'inbox' || folder === 'deleted' ? folder : undefined;
}

function folderOf(action: SuggestedAction): string {
  if (action.actionType === 'move') return action.toFolder;
  if (action.actionType === 'delete') return 'deleted';
  throw new Error(`Placements do not cover ${action.actionType}`);
}
