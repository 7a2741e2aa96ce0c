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
  for (const [last, end] of sorted.entries()) {
    const from = last - sweepSize + 1;
    const first = sorted[from];
    if (first === undefined || end - first > sweepMs) continue;
    for (const time of sorted.slice(from, last + 1)) swept.add(time);
  }
  return (at) => swept.has(at.getTime());
}
