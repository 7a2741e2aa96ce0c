import { join } from 'node:path';
import mongoose from 'mongoose';
import { startEmulator } from '../emulator/emulator.ts';
import { configureMongoose } from '../src/config/database.ts';
import { Backend } from './observe/backend.ts';
import { bareWriteRate } from './observe/bare-writes.ts';
import { describeFaults, describeTroubles, findingsOf } from './observe/findings.ts';
import { emailOf } from './observe/flooded-mailbox.ts';
import { planOf } from './observe/plan.ts';
import { type FloodResult, runFlood } from './observe/run-flood.ts';
import { helpText, parseCliOptions, type CliOptions } from './observe/cli-options.ts';
import { formatFindings, isBroken } from './report.ts';
import { setUpEnvironment, type Environment } from './environment.ts';

const barePages = 100;
const quickBarePages = 25;
const mostWriters = 10;

const startedAt = performance.now();

/** A line with the seconds since the start. */
function say(line: string): void {
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
}

async function flood(
  environment: Environment,
  cliOptions: CliOptions,
): Promise<{ result: FloodResult; bareRate: number }> {
  const plan = { ...planOf(cliOptions), kills: !cliOptions.isQuick };
  configureMongoose();
  await mongoose.connect(environment.mongoUri);
  const microsoft = await startEmulator({ seed: cliOptions.seed, awkward: cliOptions.isAwkward });
  try {
    await using backend = await Backend.start({
      microsoft,
      mongoUri: environment.mongoUri,
      redis: environment.redis,
      adminEmail: emailOf(0),
      pageSize: plan.pageSize,
      roles: cliOptions.isApart ? ['api', 'worker'] : ['all'],
      logFile: join(environment.folder, 'service.log'),
      guard: (pid) => environment.guard(pid),
    });
    const result = await runFlood(plan, { microsoft, backend, redis: environment.redis, say });
    await backend.stop();
    say('the bare driver writes');
    const bareRate = await bareWriteRate({
      mongoUri: environment.mongoUri,
      pages: cliOptions.isQuick ? quickBarePages : barePages,
      pageSize: plan.pageSize,
      writers: Math.min(plan.mailboxes, mostWriters),
    });
    return { result, bareRate };
  } finally {
    await microsoft.close();
    await mongoose.disconnect();
  }
}

/** Rejects when the process is told to end, so that the stores are stopped before it does. */
function untilInterrupted(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => reject(new Error(`Ended by ${signal}`)));
    }
  });
}

async function main(args: readonly string[]): Promise<number> {
  const cliOptions = parseCliOptions(args);
  if (cliOptions === undefined) {
    console.log(helpText);
    return 0;
  }
  const environment = await setUpEnvironment(say);
  try {
    say(`${cliOptions.mailboxes} mailboxes × ${cliOptions.changes} changes, seed ${cliOptions.seed}`);
    const { result, bareRate } = await Promise.race([flood(environment, cliOptions), untilInterrupted()]);
    const findings = findingsOf(result, bareRate);
    console.log(`\n${formatFindings(findings)}\n\n${describeTroubles(result)}`);
    const { faults } = result.comparison;
    if (faults.length > 0) console.log(`\n${describeFaults(faults)}`);
    return findings.some((finding) => isBroken(finding)) ? 1 : 0;
  } finally {
    await environment.clear();
  }
}

let exitCode = 1;
try {
  exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
}
// after an interruption the flood may still be under way
process.exit(exitCode);
