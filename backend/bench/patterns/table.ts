import type { Score } from './score.ts';

/** The scores of one method, one of each repetition. */
export interface MethodScores {
  readonly name: string;
  readonly scores: readonly Score[];
}

interface Column {
  readonly heading: string;
  readonly value: (score: Score) => number;
  readonly digits: number;
  readonly aim?: { readonly text: string; readonly isKept: (value: number, yardstick: Yardstick) => boolean };
}

interface Yardstick {
  /** Messages that the method to beat covers, on average. */
  readonly covered: number;
}

const columns: readonly Column[] = [
  { heading: 'rules', value: ({ rules }) => rules, digits: 1 },
  { heading: 'mailboxes without, %', value: ({ without, mailboxes }) => 100 * ratio(without, mailboxes), digits: 1 },
  { heading: 'mail covered, %', value: ({ covered, messages }) => 100 * ratio(covered, messages), digits: 2 },
  {
    heading: 'messages covered',
    value: ({ covered }) => covered,
    digits: 0,
    aim: { text: 'more than plain Wilson', isKept: (value, { covered }) => value > covered },
  },
  {
    heading: 'held-out precision',
    value: ({ right, covered }) => ratio(right, covered),
    digits: 4,
    aim: { text: '≥ 0.98', isKept: (value) => value >= 0.98 },
  },
  {
    heading: 'rules under 0.8, %',
    value: ({ poorRules, judgedRules }) => 100 * ratio(poorRules, judgedRules),
    digits: 2,
    aim: { text: '≤ 1', isKept: (value) => !(value > 1) },
  },
  {
    heading: 'wrong deletes per 1,000',
    value: ({ wrongDeletes, deletes }) => 1000 * ratio(wrongDeletes, deletes),
    digits: 1,
    aim: { text: '≤ 20', isKept: (value) => !(value > 20) },
  },
];

/** @returns NaN when there is nothing to divide by */
function ratio(part: number, whole: number): number {
  return part / whole;
}

/**
 * A table for a terminal: a row for each measure, a column for each method, mean and standard deviation over the
 * repetitions, and the aims beside. Repetitions in which there is nothing to measure are left out.
 * @param methods ours, then the others; the last is the one to beat in coverage
 */
export function formatTable(methods: readonly MethodScores[]): string {
  const covered = meanOf(methods.at(-1)?.scores.map((score) => score.covered) ?? []);
  const rows = [
    ['', ...methods.map(({ name }) => name), 'aim', 'kept'],
    ...columns.map((column) => toRow(column, methods, { covered })),
  ];
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => formatRow(row, widths)).join('\n');
}

function toRow(
  { heading, value, digits, aim }: Column,
  methods: readonly MethodScores[],
  yardstick: Yardstick,
): string[] {
  const series = methods.map(({ scores }) => scores.map(value).filter((one) => !Number.isNaN(one)));
  const cells = series.map((values) => describeSeries(values, digits));
  if (aim === undefined) return [heading, ...cells];
  return [heading, ...cells, aim.text, aim.isKept(meanOf(series[0] ?? []), yardstick) ? 'yes' : 'NO'];
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  return cells.join('   ').trimEnd();
}

function describeSeries(values: readonly number[], digits: number): string {
  if (values.length === 0) return '-';
  return `${meanOf(values).toFixed(digits)} ± ${deviationOf(values).toFixed(digits)}`;
}

function meanOf(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}

function deviationOf(values: readonly number[]): number {
  const center = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - center) ** 2)));
}
