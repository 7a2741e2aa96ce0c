import { groupBy } from '../../../src/lib/group-by.ts';
import { dayMs } from '../../../src/lib/durations.ts';
import type { PatternStatus } from '../../../src/models/Pattern.ts';
import type { PatternCandidate, PatternCondition } from '../../../src/patterns/detection/candidate.ts';
import { detectPatterns, type DetectionSettings } from '../../../src/patterns/detection/detect.ts';
import type { SuggestedAction, Vote } from '../../../src/patterns/detection/outcome.ts';
import { statusAfterAnalysis } from '../../../src/patterns/detection/status-after-analysis.ts';
import { votesOf } from '../../../src/patterns/detection/votes.ts';
import { passGates } from '../gates/gates.ts';
import { eventsOf, folderAfter, type SimulatedMessage } from './mailbox.ts';

const scoredDays = 60;
/** A suggestion is right when so much of the mail of the next 60 days is treated so. */
const rightShare = 0.8;
const leastAutomatable = 5;
const alikeShare = 0.95;

/** A rule that is suggested on some day. */
export interface SimulatedRule {
  readonly condition: PatternCondition;
  readonly action: SuggestedAction;
}

const settingsAt = (now: Date): DetectionSettings => ({
  now,
  aggressiveness: 'moderate',
  halfLifeDays: 365,
  leastHistoryDays: 14,
  protectionOf: () => 'none',
  isSharedDomain: (domain) => domain === 'contoso.example',
});

/** What is found in the mail of one person, as of a day after the connection. */
export class SimulatedAnalysis {
  readonly #messages: readonly SimulatedMessage[];
  readonly #connectedAt = Date.UTC(2026, 2, 1, 7);

  constructor(messages: readonly SimulatedMessage[]) {
    this.#messages = messages;
  }

  /** Returns the patterns of our detection. */
  patternsOn(day: number): readonly PatternCandidate[] {
    return detectPatterns(this.#votesOn(day), settingsAt(this.#dateOf(day)));
  }

  /** Returns the suggestions of the detection of former versions, and those of what former versions looked at. */
  formerRulesOn(day: number): readonly SimulatedRule[] {
    return passGates(this.#votesOn(day), settingsAt(this.#dateOf(day))).map(({ conditions, action }) => ({
      condition: {
        ...(conditions.senderEmail !== undefined && { senderEmail: conditions.senderEmail }),
        ...(conditions.senderDomain !== undefined && { senderDomain: conditions.senderDomain }),
      },
      action,
    }));
  }

  /** Returns the mail of the 60 days after a day. */
  mailAfter(day: number): readonly SimulatedMessage[] {
    return this.#messages.filter(({ at }) => at >= day * dayMs && at < (day + scoredDays) * dayMs);
  }

  #dateOf(day: number): Date {
    return new Date(this.#connectedAt + day * dayMs);
  }

  #votesOn(day: number): readonly Vote[] {
    const events = this.#messages.flatMap((message) => [...eventsOf(message, this.#connectedAt, day * dayMs)]);
    return votesOf(events, { now: this.#dateOf(day), folderKindOf, blindWindows: [] });
  }
}

function folderKindOf(folder: string): 'inbox' | 'deleted' | 'archive' | undefined {
  return folder === 'inbox' || folder === 'deleted' || folder === 'archive' ? folder : undefined;
}

/** Tells if a rule takes a message. */
export function isTaken({ condition }: SimulatedRule, { sender }: SimulatedMessage): boolean {
  const { senderEmail, senderDomain, listId, isNewsletter, fromFolder, ...others } = condition;
  if (Object.keys(others).length > 0 || (fromFolder !== undefined && fromFolder !== 'inbox')) return false;
  if (listId !== undefined) return sender.kind.isList === true;
  if (isNewsletter !== undefined && isNewsletter !== (sender.kind.isNewsletter === true)) return false;
  return senderEmail === sender.address || senderDomain === sender.domain;
}

/** Tells if the owner would have done the same, unopened. */
export function isRight({ action }: SimulatedRule, message: SimulatedMessage): boolean {
  if (message.isOpened) return false;
  if (action.actionType === 'markRead') return message.habit === 'clear';
  if (action.actionType === 'move') return folderAfter(message) === action.toFolder;
  return folderAfter(message) === (action.actionType === 'delete' ? 'deleted' : 'archive');
}

/** Tells if a rule is right for at least 80 % of the mail that it takes, of some. */
export function isGoodRule(rule: SimulatedRule, mail: readonly SimulatedMessage[]): boolean {
  const taken = mail.filter((message) => isTaken(rule, message));
  return taken.length > 0 && taken.filter((message) => isRight(rule, message)).length >= rightShare * taken.length;
}

/** Returns the mail of senders that rules on arrival could take over: five messages or more, at least 95 % treated alike. */
export function automatableIn(mail: readonly SimulatedMessage[]): readonly SimulatedMessage[] {
  return [...groupBy(mail, ({ sender }) => sender).values()].filter(isAutomatable).flat();
}

function isAutomatable(ofSender: readonly SimulatedMessage[]): boolean {
  const followed = ofSender.filter(({ habit, isOpened }) => habit !== 'leave' && !isOpened);
  return ofSender.length >= leastAutomatable && followed.length >= alikeShare * ofSender.length;
}

/**
 * Counts the suggestions that are shown on one day, and those among them that are shown on each of the following days as
 * well. No habit changes in the simulation.
 */
export function countSurvivors(
  analysis: SimulatedAnalysis,
  from: number,
  days: readonly number[],
): { readonly shown: number; readonly survived: number } {
  const shown = analysis.patternsOn(from).filter(({ status }) => status === 'suggested');
  let alive = new Map<string, PatternStatus>(shown.map(({ key }) => [key, 'suggested']));
  for (const day of days) {
    const found = new Map(analysis.patternsOn(day).map((one) => [one.key, one]));
    const kept = [...alive].filter(
      ([key, status]) => statusAfterAnalysis({ status }, found.get(key), new Date()) === 'suggested',
    );
    alive = new Map(kept);
  }
  return { shown: shown.length, survived: alive.size };
}
