import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureHealth } from './health.ts';
import { measureJobPickup } from './job-pickup.ts';
import type { Measurement } from './measurement.ts';
import { measureMemory } from './memory.ts';
import { type Finding, formatFindings, isBroken } from './report.ts';
import { setUpEnvironment, type Environment } from './environment.ts';
import { measureStart } from './start.ts';
import { measureStop } from './stop.ts';

const measurements: ReadonlyMap<string, Measurement> = new Map([
  ['start', measureStart],
  ['memory', measureMemory],
  ['health', measureHealth],
  ['jobs', measureJobPickup],
  ['stop', measureStop],
]);

const helpText = `npm run bench: measures the built service on its own real stores, next to a yardstick for each measurement

  npm run bench                           all measurements, about four minutes
  npm run bench -- --quick                fewer and shorter rounds, about one minute
  npm run bench -- --only health,start    only these, of: ${[...measurements.keys()].join(', ')}

Exit code 1 if a limit is broken. Run it on an idle machine: other load distorts the numbers.`;

interface CliOptions {
  readonly chosen: readonly string[];
  readonly isQuick: boolean;
}

/** Parses the arguments. @returns undefined when help was requested. @throws Error that names an invalid argument */
function parseCliOptions(args: string[]): CliOptions | undefined {
  const options = {
    help: { type: 'boolean', short: 'h' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help === true) return undefined;
  const names = [...measurements.keys()];
  const chosen = values.only?.split(',').map((name) => name.trim()) ?? names;
  const unknown = chosen.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(`Unknown measurements: ${unknown.join(', ')}. Available: ${names.join(', ')}`);
  return { chosen, isQuick: values.quick };
}

function describeMachine(): string {
  const load = loadavg()[0] ?? 0;
  return [
    `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`,
    `${process.platform} ${process.arch}`,
    `Node ${process.version}`,
    `load ${load.toFixed(1)}`,
  ].join(', ');
}

async function measureAll(environment: Environment, { chosen, isQuick }: CliOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, measure] of measurements) {
    if (!chosen.includes(name)) continue;
    findings.push(...(await measure({ environment, isQuick, say: (line) => console.log(`${name}: ${line}`) })));
  }
  return findings;
}

/** Rejects when the process is told to end. Before there are stores to stop, that ends it at once. */
function untilInterrupted(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => reject(new Error(`Ended by ${signal}`)));
    }
  });
}

async function main(args: string[]): Promise<number> {
  const cliOptions = parseCliOptions(args);
  if (cliOptions === undefined) {
    console.log(helpText);
    return 0;
  }
  console.log(`Machine: ${describeMachine()}`);
  const isBusy = (loadavg()[0] ?? 0) > availableParallelism() / 2;
  const environment = await setUpEnvironment((line) => console.log(line));
  let findings: Finding[];
  try {
    findings = await Promise.race([measureAll(environment, cliOptions), untilInterrupted()]);
  } finally {
    await environment.clear();
  }
  if (isBusy) console.log('\nThe machine was busy: times, and differences of times even more, are too long.');
  console.log(`\n${formatFindings(findings)}\n`);
  const broken = findings.filter((finding) => isBroken(finding));
  if (broken.length > 0) console.log(`Broken: ${broken.map(({ what }) => what).join(', ')}`);
  return broken.length > 0 ? 1 : 0;
}

let exitCode = 1;
try {
  exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
}
// after an interruption a measurement may still be under way
process.exit(exitCode);
