/** One measurement beside its yardstick, ready for printing. */
export interface Finding {
  readonly what: string;
  readonly measured: string;
  readonly yardstick: string;
  /** Difference or ratio of the two. */
  readonly comparison: string;
  /** Missing where the measurement is for information only. */
  readonly limit?: { readonly text: string; readonly isKept: boolean };
}

const headings = ['', 'MSEDB', 'yardstick', 'compared', 'limit', 'kept'];

/** The findings as a table for a terminal, one a line. */
export function formatFindings(findings: readonly Finding[]): string {
  const rows = [headings, ...findings.map((finding) => toRow(finding))];
  const widths = headings.map((_heading, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

function toRow({ what, measured, yardstick, comparison, limit }: Finding): string[] {
  if (limit === undefined) return [what, measured, yardstick, comparison, 'none', '-'];
  return [what, measured, yardstick, comparison, limit.text, limit.isKept ? 'yes' : 'NO'];
}

/** Returns whether a limit was broken. */
export function isBroken({ limit }: Finding): boolean {
  return limit?.isKept === false;
}

/** Formats milliseconds: whole numbers from 10 on. */
export function ms(value: number): string {
  return `${value.toFixed(Math.abs(value) < 10 ? 2 : 0)} ms`;
}

/** A number with its sign, in front of a unit. */
export function signed(value: number, digits: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
}
