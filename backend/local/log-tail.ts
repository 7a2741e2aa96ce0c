import { readFileSync } from 'node:fs';

/** The last lines of a log that are not blank, at most `count`. */
export function lastLines(text: string, count: number): string[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  return lines.filter((line) => line !== '').slice(-count);
}

/** The last lines of a log file, indented for printing below a message; says so when there are none. */
export function logTail(path: string, count = 12): string {
  let lines: string[] = [];
  try {
    lines = lastLines(readFileSync(path, 'utf8'), count);
  } catch {
    // a log that was never opened has no lines
  }
  if (lines.length === 0) return `  (nothing in ${path})`;
  return [`  last lines of ${path}:`, ...lines.map((line) => `    ${line}`)].join('\n');
}
