import { groupBy } from '../../lib/group-by.ts';
import type { UnitCounts } from '../ladder/grid.ts';
import type { Forecast } from '../ladder/ladder.ts';
import type { DetectionSettings } from './detect.ts';
import { tallyRead } from './after-reading.ts';
import { domainHabit } from './detect-domain.ts';
import { type Part, partsOf } from './detect-parts.ts';
import { type ListMail, listsOf } from './lists.ts';
import { countsOf, type Ladders, type MailClass, pooledCounts, type SenderUnit } from './forecasts.ts';
import type { Hypothesis } from './hypothesis.ts';
import { followedKey, type Vote } from './outcome.ts';
import type { MonthCount } from './past.ts';
import type { Protection } from './protection.ts';
import { areStrangers, type DomainMember } from './strangers.ts';
import { measure, strongestAction, type Tally, tallyVotes, type Weigh } from './tally.ts';

/** From this share on, from 0 to 1, a sender's mail is treated alike, and is not looked at in parts. */
const clearShare = 0.96;

/** What is kept of the votes for one sender. */
export interface Sender extends SenderUnit {
  readonly address: string;
  readonly protection: Protection;
  readonly parts: readonly Part[];
  readonly member: DomainMember;
  readonly lists: readonly ListMail[];
  /** What of it was read first; left out where most of it is not. */
  readonly readMail: Tally | undefined;
}

interface SenderFacts {
  readonly first: Vote;
  readonly past: readonly MonthCount[];
  readonly weigh: Weigh;
  readonly settings: DetectionSettings;
}

/** Counts the votes for one sender, and the parts of its mail unless all of it is treated alike. */
export function senderOf(votes: readonly Vote[], { first, past, weigh, settings }: SenderFacts): Sender {
  const { sender: address, senderName, domain } = first;
  const tally = tallyVotes(votes, weigh, past);
  const newsletters = votes.filter(({ isNewsletter }) => isNewsletter).length;
  const action = strongestAction(tally);
  const isClear = action !== undefined && measure(tally, followedKey(action)).share >= clearShare;
  return {
    address,
    domain,
    mailClass: classOf(votes, newsletters),
    tally,
    protection: settings.protectionOf({ email: address, domain }),
    parts: action === undefined || isClear ? [] : partsOf(votes, tally, weigh),
    lists: listsOf(votes, weigh),
    readMail: tallyRead(votes, past, weigh),
    member: { address, name: senderName, messages: votes.length, newsletters },
  };
}

/** @param index the place of the sender in the ladders */
export function hypothesesOfSender(sender: Sender, index: number, ladders: Ladders): Hypothesis[] {
  const { address, domain, mailClass, protection, tally } = sender;
  const action = strongestAction(tally);
  if (action === undefined) return [];
  const condition = { senderEmail: address };
  const common = { domain, protection };
  const forecastAfter = forecasting(countsOf(tally, action), (counts) =>
    ladders[action.actionType].forecast({ counts, mailClass, domain }, index),
  );
  const whole: Hypothesis = { ...common, scope: 'sender', condition, action, tally, forecastAfter };
  const parts = sender.parts.flatMap((part): Hypothesis[] => {
    const partAction = strongestAction(part.tally);
    if (partAction === undefined) return [];
    const ofPart = forecasting(countsOf(part.tally, partAction), (counts) =>
      ladders[partAction.actionType].forecast({ counts, mailClass, domain }, index),
    );
    const partCondition = { ...condition, ...part.condition };
    const subject = { condition: partCondition, action: partAction, tally: part.tally, forecastAfter: ofPart };
    return [{ ...common, ...subject, scope: 'part' }];
  });
  return [whole, ...parts];
}

/** Returns the habits of domains whose senders are treated alike, and have something in common. */
export function hypothesesOfDomains(
  senders: readonly Sender[],
  settings: DetectionSettings,
  ladders: Ladders,
): Hypothesis[] {
  return [...groupBy(senders, ({ domain }) => domain)].flatMap(([domain, members]) => {
    if (settings.isSharedDomain(domain) || areStrangers(members.map(({ member }) => member))) return [];
    const habit = domainHabit(members.map(({ tally }) => tally));
    if (habit === undefined) return [];
    const counts = pooledCounts(members, habit.action);
    const forecastAfter = forecasting(counts, (after) =>
      ladders[habit.action.actionType].forecast({ counts: after, mailClass: classOfMost(members) }),
    );
    const protection = protectionOf(domain, members, settings);
    return [{ scope: 'domain', domain, condition: { senderDomain: domain }, protection, forecastAfter, ...habit }];
  });
}

function forecasting({ followed, seen }: UnitCounts, forecast: (counts: UnitCounts) => Forecast) {
  return (more: number): Forecast => forecast({ followed: followed + more, seen: seen + more });
}

function classOf(votes: readonly Vote[], newsletters: number): MailClass {
  if (newsletters * 2 > votes.length) return 'newsletter';
  return votes.filter(({ isAutomated }) => isAutomated === true).length * 2 > votes.length ? 'automated' : 'other';
}

function classOfMost(members: readonly Sender[]): MailClass {
  const isMost = (wanted: MailClass) =>
    members.filter(({ mailClass }) => mailClass === wanted).length * 2 > members.length;
  return (['newsletter', 'automated'] as const).find(isMost) ?? 'other';
}

function protectionOf(domain: string, members: readonly Sender[], settings: DetectionSettings): Protection {
  const ofDomain = settings.protectionOf({ domain });
  const hasProtected = members.some(({ protection }) => protection !== 'none');
  return hasProtected && ofDomain === 'none' ? 'removal' : ofDomain;
}
