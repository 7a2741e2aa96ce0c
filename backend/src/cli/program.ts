import { parseArgs } from 'node:util';
import { connectDatabase, disconnectDatabase } from '../config/database.ts';
import { type Config, logStyle } from '../config/env.ts';
import { toError } from '../lib/errors.ts';
import { createLogger, flushLogger } from '../lib/logger.ts';

/** The exit code of diff for trouble: wrong arguments or settings, or an unreachable store. */
const troubleExitCode = 2;

/** Writes a line for the person at the terminal. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * Reads the command line of a program that changes something only with --apply.
 * @param names its options that take a value
 * @throws Error that says what is wrong with it, and the usage
 */
export function parseCommand<Name extends string>(
  args: readonly string[],
  names: readonly Name[],
  usage: string,
): { readonly apply: boolean; readonly help: boolean } & Readonly<Partial<Record<Name, string>>> {
  const flag = { type: 'boolean', default: false } as const;
  const texts = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({ args: [...args], options: { ...texts, apply: flag, help: flag } });
    const given: Partial<Record<Name, string>> = {};
    for (const name of names) {
      const value = new Map(Object.entries(values)).get(name);
      if (typeof value === 'string') given[name] = value;
    }
    return { ...given, apply: values.apply, help: values.help };
  } catch (error) {
    throw new Error(`${toError(error).message}\n\n${usage}`, { cause: error });
  }
}

/** Runs a command-line program and ends the process with its exit code; prints an error in one line. */
export async function runProgram(main: (args: readonly string[]) => Promise<number>): Promise<never> {
  let exitCode = troubleExitCode;
  try {
    exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${toError(error).message}\n`);
  }
  process.exit(exitCode);
}

/**
 * Runs `work` while Mongoose is connected to the configured store.
 * @param limitMs the time in which the store must answer, quietly; without it the usual tries are made, and logged
 */
export async function withDatabase<T>(config: Config, work: () => Promise<T>, limitMs?: number): Promise<T> {
  const level = limitMs === undefined ? 'warn' : 'error';
  const logger = createLogger({ level, style: logStyle(config.environment) });
  const signal = limitMs === undefined ? new AbortController().signal : AbortSignal.timeout(limitMs);
  try {
    await connectDatabase(config.mongo, logger, signal);
    return await work();
  } finally {
    await disconnectDatabase();
    await flushLogger(logger);
  }
}
