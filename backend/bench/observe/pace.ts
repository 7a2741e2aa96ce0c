import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import type { Errand } from './errand.ts';

const stepsPerBreath = 10;
const shortestWaitMs = 5;
/** By how many other errands the steps of one are parted, in turn: so that now and then a look falls in between. */
const gaps = [0, 5, 25];

/**
 * Runs errands one after the other, at a steady rate; a slow step is made up for.
 * @param perSecond steps; infinite: as fast as it goes, with others served in between
 */
export async function runErrands(errands: readonly Errand[], perSecond: number): Promise<void> {
  const startedAt = performance.now();
  let done = 0;
  for (const step of inOrder(errands)) {
    await step();
    done += 1;
    const earlyMs = (done / perSecond) * 1_000 - (performance.now() - startedAt);
    if (earlyMs > shortestWaitMs) await delay(earlyMs);
    else if (done % stepsPerBreath === 0) await setImmediate();
  }
}

function inOrder(errands: readonly Errand[]): Errand['steps'] {
  const placed = errands.flatMap(({ steps }, index) => {
    const gap = gaps[index % gaps.length] ?? 0;
    return steps.map((step, count) => ({ step, place: index + count * gap }));
  });
  return placed.toSorted((one, other) => one.place - other.place).map(({ step }) => step);
}
