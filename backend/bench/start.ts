import type { Setting } from './measurement.ts';
import { type Finding, ms, signed } from './report.ts';
import { startService } from './service.ts';
import type { Environment } from './environment.ts';
import { median } from './statistics.ts';
import { startYardstick } from './yardstick.ts';

/** Longest time from start to healthy beyond that of a process that imports the same packages, in ms. */
const limitMs = 400;

/**
 * Start to healthy with the stores up, beside the time a process takes that only imports the same packages: on an
 * empty database, where indexes are built, and on one that has them, which is the start with the limit.
 */
export async function measureStart({ environment, isQuick, say }: Setting): Promise<Finding[]> {
  await timePair(environment, environment.mongoUri); // files into the cache, indexes and schedulers into the stores
  const firstStarts = await repeat(isQuick ? 2 : 3, {
    run: () => timePair(environment, environment.newDatabase()),
    say: (line) => say(`empty database, ${line}`),
  });
  const nextStarts = await repeat(isQuick ? 5 : 11, {
    run: () => timePair(environment, environment.mongoUri),
    say: (line) => say(`indexes there, ${line}`),
  });
  return [
    { what: 'start, empty database', ...compare(firstStarts) },
    { what: 'start, indexes there', ...compareWithLimit(nextStarts) },
  ];
}

interface Pair {
  readonly importMs: number;
  readonly startMs: number;
}

async function timePair(environment: Environment, mongoUri: string): Promise<Pair> {
  const yardstick = await startYardstick(environment, 'import');
  await yardstick.stop();
  const service = await startService(environment, mongoUri);
  await service.stop();
  return { importMs: yardstick.readyMs, startMs: service.healthyMs };
}

interface Work {
  readonly run: () => Promise<Pair>;
  readonly say: (line: string) => void;
}

async function repeat(runs: number, { run, say }: Work): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let count = 1; count <= runs; count += 1) {
    const pair = await run();
    pairs.push(pair);
    say(`${count} of ${runs}: import ${ms(pair.importMs)}, service ${ms(pair.startMs)}`);
  }
  return pairs;
}

function compare(pairs: readonly Pair[]): Pick<Finding, 'measured' | 'yardstick' | 'comparison'> {
  const [importMs, startMs] = [medianImport(pairs), medianStart(pairs)];
  return {
    measured: ms(startMs),
    yardstick: `${ms(importMs)} (imports)`,
    comparison: `${signed(startMs - importMs, 0)} ms`,
  };
}

function compareWithLimit(pairs: readonly Pair[]): Omit<Finding, 'what'> {
  const moreMs = medianStart(pairs) - medianImport(pairs);
  return { ...compare(pairs), limit: { text: `+${limitMs} ms`, isKept: moreMs <= limitMs } };
}

function medianImport(pairs: readonly Pair[]): number {
  return median(pairs.map(({ importMs }) => importMs));
}

function medianStart(pairs: readonly Pair[]): number {
  return median(pairs.map(({ startMs }) => startMs));
}
