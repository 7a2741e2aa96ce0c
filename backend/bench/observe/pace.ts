import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from './scenario.ts';

const stepsPerTurn = 10;
const shortestWaitMs = 5;
/** Numbers of other scenarios between the steps of one, in turn: now and then the service observes in between. */
const gaps = [0, 5, 25];

/**
 * Runs scenarios one after the other at a steady rate; after a slow step it catches up.
 * @param perSecond steps per second; infinite for as fast as possible, while other work of the process goes on
 */
export async function runScenarios(scenarios: readonly Scenario[], perSecond: number): Promise<void> {
  const startedAt = performance.now();
  let done = 0;
  for (const step of inOrder(scenarios)) {
    await step();
    done += 1;
    const earlyMs = (done / perSecond) * 1_000 - (performance.now() - startedAt);
    if (earlyMs > shortestWaitMs) await delay(earlyMs);
    else if (done % stepsPerTurn === 0) await setImmediate();
  }
}

function inOrder(scenarios: readonly Scenario[]): Scenario['steps'] {
  const placed = scenarios.flatMap(({ steps }, index) => {
    const gap = gaps[index % gaps.length] ?? 0;
    return steps.map((step, count) => ({ step, place: index + count * gap }));
  });
  return placed.toSorted((one, other) => one.place - other.place).map(({ step }) => step);
}
