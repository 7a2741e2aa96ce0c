/** @returns the number of lines in the fullest second, by the timestamp that each JSON line carries */
export function mostLinesInASecond(lines: readonly string[]): number {
  const bySecond = new Map<string, number>();
  for (const line of lines) {
    const second = /"timestamp":"([^.]*)/.exec(line)?.[1] ?? '';
    bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
  }
  return Math.max(0, ...bySecond.values());
}
