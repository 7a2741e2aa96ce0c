import { matches } from '../../src/rules/matcher.ts';
import type { LearnedRule } from './methods.ts';
import type { SenderMail } from './placements.ts';

const poorPrecision = 0.8;

/** Counts of right and wrong on mail that the rules were not learned from. */
export interface Score {
  readonly rules: number;
  readonly mailboxes: number;
  /** Mailboxes without any rule. */
  readonly without: number;
  /** All messages that rules are scored on. */
  readonly messages: number;
  /** Messages that a rule acts on. */
  readonly covered: number;
  /** Of them, those which rest where the rule puts them. */
  readonly right: number;
  /** Rules that met no mail at all are not judged. */
  readonly judgedRules: number;
  readonly poorRules: number;
  readonly deletes: number;
  /** Of them, those which the owner leaves, or files. */
  readonly wrongDeletes: number;
  /** Of them, those which the owner files. */
  readonly contradictedDeletes: number;
}

/** Scores the rules of one mailbox; a message is acted on by the first rule that matches it. */
export function scoreRules(rules: readonly LearnedRule[], mail: readonly SenderMail[]): Score {
  const results = rules.map((rule) => ({ rule, covered: 0, right: 0, left: 0 }));
  for (const { sender, domain, folders } of mail) {
    const result = results.find(({ rule }) => matches(rule.conditions, { sender, domain }));
    if (result === undefined) continue;
    result.covered += folders.length;
    result.right += folders.filter((folder) => folder === result.rule.folder).length;
    result.left += folders.filter((folder) => folder === 'inbox').length;
  }
  const countedFaults = results.filter(({ covered }) => covered > 0);
  const deleting = results.filter(({ rule }) => rule.folder === 'deleted');
  return {
    rules: rules.length,
    mailboxes: 1,
    without: rules.length === 0 ? 1 : 0,
    messages: sum(mail.map(({ folders }) => folders.length)),
    covered: sum(results.map(({ covered }) => covered)),
    right: sum(results.map(({ right }) => right)),
    judgedRules: countedFaults.length,
    poorRules: countedFaults.filter(({ covered, right }) => right / covered < poorPrecision).length,
    deletes: sum(deleting.map(({ covered }) => covered)),
    wrongDeletes: sum(deleting.map(({ covered, right }) => covered - right)),
    contradictedDeletes: sum(deleting.map(({ covered, right, left }) => covered - right - left)),
  };
}

/** The score of several mailboxes together. */
export function addScores(scores: readonly Score[]): Score {
  return {
    rules: sum(scores.map(({ rules }) => rules)),
    mailboxes: sum(scores.map(({ mailboxes }) => mailboxes)),
    without: sum(scores.map(({ without }) => without)),
    messages: sum(scores.map(({ messages }) => messages)),
    covered: sum(scores.map(({ covered }) => covered)),
    right: sum(scores.map(({ right }) => right)),
    judgedRules: sum(scores.map(({ judgedRules }) => judgedRules)),
    poorRules: sum(scores.map(({ poorRules }) => poorRules)),
    deletes: sum(scores.map(({ deletes }) => deletes)),
    wrongDeletes: sum(scores.map(({ wrongDeletes }) => wrongDeletes)),
    contradictedDeletes: sum(scores.map(({ contradictedDeletes }) => contradictedDeletes)),
  };
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
