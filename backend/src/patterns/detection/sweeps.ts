const sweepMs = 10_000;
const sweepSize = 3;

/**
 * Finds sweeps: at least three messages marked as read within ten seconds. Nobody reads that fast, so they were cleared.
 * @param readTimes when the owner marked messages of one mailbox as read, in milliseconds since the epoch, in any order
 * @returns a test for a time that belongs to a sweep
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
