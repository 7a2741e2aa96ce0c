import { connectDatabase, disconnectDatabase } from './config/database.ts';
import { loadConfig, logStyle } from './config/env.ts';
import { toError } from './lib/errors.ts';
import { createLogger, flushLogger } from './lib/logger.ts';
import { indexUsage, parseIndexCommand, runIndexCommand } from './models/index-command.ts';
import { models } from './models/index.ts';

/** What diff returns when it could not compare. */
const troubleExitCode = 2;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** @returns the exit code */
async function run(args: readonly string[]): Promise<number> {
  const { help, ...command } = parseIndexCommand(args);
  if (help) {
    print(indexUsage);
    return 0;
  }
  const config = loadConfig();
  const logger = createLogger({ level: 'warn', style: logStyle(config.environment) });
  try {
    await connectDatabase(config.mongo, logger, new AbortController().signal);
    return await runIndexCommand(models, { ...command, print });
  } finally {
    await disconnectDatabase();
    await flushLogger(logger);
  }
}

let exitCode = troubleExitCode;
try {
  exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${toError(error).message}\n`);
}
process.exit(exitCode);
