const sweepMs = 10_000;
const sweepSize = 3;

/**
 * Finds the moments at which at least three messages were marked read within ten seconds: nobody reads that fast, so
 * they were cleared, not read.
 * @param readTimes milliseconds since the epoch at which the owner marked messages of one mailbox read, in any order
 * @returns whether a moment belongs to a sweep
 */
export function findSweeps(readTimes: readonly number[]): (at: Date) => boolean {
  const sorted = readTimes.toSorted((one, two) => one - two);
  const swept = new Set<number>();
  for (let last = sweepSize - 1; last < sorted.length; last++) {
    const group = sorted.slice(last - sweepSize + 1, last + 1);
    const first = group[0];
    const end = sorted[last];
    if (first === undefined || end === undefined || end - first > sweepMs) continue;
    for (const time of group) swept.add(time);
  }
  return (at) => swept.has(at.getTime());
}
