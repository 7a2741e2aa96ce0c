import { parseRotationCommand, rotateKeys, rotationUsage } from './auth/keys-rotation.ts';
import { TokenVault } from './auth/token-vault.ts';
import { parseKeys } from './auth/vault-keys.ts';
import { connectDatabase, disconnectDatabase } from './config/database.ts';
import { loadConfig, logStyle } from './config/env.ts';
import { toError } from './lib/errors.ts';
import { createLogger, flushLogger } from './lib/logger.ts';

const troubleExitCode = 2;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** @returns the exit code */
async function run(args: readonly string[]): Promise<number> {
  if (parseRotationCommand(args).help) {
    print(rotationUsage);
    return 0;
  }
  const config = loadConfig();
  const vault = new TokenVault(parseKeys(config.encryptionKeys?.reveal()));
  const logger = createLogger({ level: 'warn', style: logStyle(config.environment) });
  try {
    await connectDatabase(config.mongo, logger, new AbortController().signal);
    return await rotateKeys(vault, print);
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
