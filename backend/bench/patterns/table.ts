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
  /** `of`: the place of the method that it is for. */
  readonly aim?: { readonly text: string; readonly of: number; readonly isKept: (value: number) => boolean };
}

const columns: readonly Column[] = [
  { heading: 'rules', value: ({ rules }) => rules, digits: 1 },
  {
    heading: 'mailboxes without, %',
    value: ({ without, mailboxes }) => 100 * ratio(without, mailboxes),
    digits: 1,
    aim: { text: '≤ 40 with likely', of: 1, isKept: (value) => value <= 40 },
  },
  { heading: 'mail covered, %', value: ({ covered, messages }) => 100 * ratio(covered, messages), digits: 2 },
  { heading: 'precision', value: ({ right, covered }) => ratio(right, covered), digits: 4 },
  {
    heading: 'rules under 0.8, %',
    value: ({ poorRules, judgedRules }) => 100 * ratio(poorRules, judgedRules),
    digits: 2,
  },
  {
    heading: 'precision of deletes',
    value: ({ wrongDeletes, deletes }) => 1 - ratio(wrongDeletes, deletes),
    digits: 4,
    aim: { text: '≥ 0.98 sure', of: 0, isKept: (value) => value >= 0.98 },
  },
  {
    heading: 'deletes not contradicted',
    value: ({ contradictedDeletes, deletes }) => 1 - ratio(contradictedDeletes, deletes),
    digits: 4,
    aim: { text: '≥ 0.99 sure', of: 0, isKept: (value) => value >= 0.99 },
  },
];

/** @returns NaN when there is nothing to divide by */
function ratio(part: number, whole: number): number {
  return part / whole;
}

/**
 * A table for a terminal: a row for each measure, a column for each method, mean and standard deviation over the
 * repetitions, and the aims beside. Repetitions in which there is nothing to measure are left out.
 */
export function formatTable(methods: readonly MethodScores[]): string {
  return alignColumns([
    ['', ...methods.map(({ name }) => name), 'aim', 'kept'],
    ...columns.map((column) => toRow(column, methods)),
  ]);
}

/** Pads the cells of rows so that columns stand below each other. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => formatRow(row, widths)).join('\n');
}

function toRow({ heading, value, digits, aim }: Column, methods: readonly MethodScores[]): string[] {
  const series = methods.map(({ scores }) => scores.map(value).filter((one) => !Number.isNaN(one)));
  const cells = series.map((values) => describeSeries(values, digits));
  if (aim === undefined) return [heading, ...cells];
  return [heading, ...cells, aim.text, aim.isKept(meanOf(series[aim.of] ?? [])) ? 'yes' : 'NO'];
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
