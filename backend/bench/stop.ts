import { setTimeout as delay } from 'node:timers/promises';
import type { Setting } from './measurement.ts';
import { type Finding, ms, signed } from './report.ts';
import { startService } from './service.ts';
import { median } from './statistics.ts';
import { startYardstick } from './yardstick.ts';

const limitMs = 500;
/** After this the service has done all that a start sets off. */
const idleMs = 1_500;

/** From SIGTERM to the end of the idle service, beside a process that only imported the same packages. */
export async function measureStop({ environment, isQuick, say }: Setting): Promise<Finding[]> {
  const runs = isQuick ? 3 : 7;
  const [stops, bareStops]: [number[], number[]] = [[], []];
  for (let run = 1; run <= runs; run += 1) {
    const [yardstick, service] = [await startYardstick(environment, 'import'), await startService(environment)];
    await delay(idleMs);
    const [bareMs, stopMs] = [await yardstick.stop(), await service.stop()];
    bareStops.push(bareMs);
    stops.push(stopMs);
    say(`${run} of ${runs}: import ${ms(bareMs)}, service ${ms(stopMs)}`);
  }
  return [toFinding(median(stops), median(bareStops))];
}

function toFinding(stopMs: number, bareMs: number): Finding {
  return {
    what: 'stop when idle',
    measured: ms(stopMs),
    yardstick: `${ms(bareMs)} (imports)`,
    comparison: `${signed(stopMs - bareMs, 0)} ms`,
    limit: { text: `< ${limitMs} ms`, isKept: stopMs < limitMs },
  };
}
