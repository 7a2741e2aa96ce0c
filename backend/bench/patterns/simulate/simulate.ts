import type { Tier } from '../../../src/patterns/ladder/bars.ts';
import { seededRandom } from '../random.ts';
import {
  countSurvivors,
  automatableIn,
  isGoodRule,
  isRight,
  isTaken,
  SimulatedAnalysis,
  type SimulatedRule,
} from './evaluate.ts';
import { simulateMailbox } from './mailbox.ts';

/** Days after the connection. */
const days = [0, 7, 28] as const;
const survivalDays = [14, 21, 28, 35] as const;

interface Method {
  readonly name: string;
  readonly rulesOn: (analysis: SimulatedAnalysis, day: number) => readonly SimulatedRule[];
}

const methods: readonly Method[] = [
  { name: 'sure', rulesOn: ours(['sure']) },
  { name: 'sure and likely', rulesOn: ours(['sure', 'likely']) },
  { name: 'three gates', rulesOn: (analysis, day) => analysis.formerRulesOn(day) },
];

function ours(tiers: readonly Tier[]): Method['rulesOn'] {
  return (analysis, day) =>
    analysis
      .patternsOn(day)
      .filter(({ status, tier, trigger }) => status === 'suggested' && tiers.includes(tier) && trigger === undefined)
      .map(({ condition, suggestedAction }) => ({ condition, action: suggestedAction }));
}

interface DayScore {
  automatable: number;
  covered: number;
  taken: number;
  right: number;
  deleted: number;
  rightlyDeleted: number;
  helped: number;
  openedFirst: number;
}

/**
 * Prints what is suggested to simulated people on some days after they connected, and how much of the mail of the 60 days
 * after each it takes over.
 */
export function printSimulation(mailboxes: number, seed: number): void {
  const random = seededRandom(seed);
  const analyses = Array.from({ length: mailboxes }, () => new SimulatedAnalysis(simulateMailbox(random)));
  console.log(`${mailboxes} simulated mailboxes, --seed ${seed}\n`);
  for (const { name, rulesOn } of methods) {
    for (const day of days) {
      const scores = analyses.map((analysis) => scoreDay(rulesOn(analysis, day), analysis.mailAfter(day)));
      console.log(`${name.padEnd(16)} day ${String(day).padStart(2)}   ${describe(scores)}`);
    }
  }
  const survival = analyses.map((analysis) => countSurvivors(analysis, 7, survivalDays));
  const shown = sum(survival.map((one) => one.shown));
  console.log(
    `\nof ${shown} suggestions of day 7, ${percent(sum(survival.map((one) => one.survived)), shown)} were shown all 28 days`,
  );
}

function scoreDay(rules: readonly SimulatedRule[], mail: ReturnType<SimulatedAnalysis['mailAfter']>): DayScore {
  const automatable = new Set(automatableIn(mail));
  const score: DayScore = {
    automatable: automatable.size,
    covered: 0,
    taken: 0,
    right: 0,
    deleted: 0,
    rightlyDeleted: 0,
    helped: rules.some((rule) => isGoodRule(rule, mail)) ? 1 : 0,
    openedFirst: rules.filter((rule) => isOfOpened(rule, mail)).length,
  };
  for (const message of mail) {
    const rule = rules.find((one) => isTaken(one, message));
    if (rule === undefined) continue;
    const right = isRight(rule, message) ? 1 : 0;
    score.taken += 1;
    score.right += right;
    if (automatable.has(message)) score.covered += 1;
    if (rule.action.actionType !== 'delete') continue;
    score.deleted += 1;
    score.rightlyDeleted += right;
  }
  return score;
}

/** Tells if a rule takes mail out of sight that its owner opens first. */
function isOfOpened(rule: SimulatedRule, mail: ReturnType<SimulatedAnalysis['mailAfter']>): boolean {
  return (
    rule.action.actionType !== 'markRead' && mail.some((one) => one.sender.kind.isOpenedFirst && isTaken(rule, one))
  );
}

function describe(scores: readonly DayScore[]): string {
  const total = (field: keyof DayScore): number => sum(scores.map((score) => score[field]));
  return [
    `automatable mail covered ${percent(total('covered'), total('automatable'))}`,
    `people helped ${percent(total('helped'), scores.length)}`,
    `precision ${(total('right') / total('taken')).toFixed(3)}`,
    `of deletes ${(total('rightlyDeleted') / total('deleted')).toFixed(3)}`,
    `rules on mail that is opened first ${total('openedFirst')}`,
  ].join('   ');
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}
