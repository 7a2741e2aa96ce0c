import '../check-node.js'; // before all else: an older Node ends here
import { once } from 'node:events';
import type { Config } from './config/env.ts';
import type { Runtime } from './composition/runtime.ts';

const { loadConfig, logStyle } = await import('./config/env.ts');
const { ConfigurationError, toError } = await import('./lib/errors.ts');
const { createLogger, flushLogger } = await import('./lib/logger.ts');
const { watchTermination } = await import('./lib/shutdown/termination.ts');
const { startRuntime } = await import('./composition/runtime.ts');

let logger = createLogger({ level: 'info', style: logStyle() });
const termination = watchTermination(() => logger);

/** @returns the exit code */
async function run(config: Config): Promise<number> {
  logger = createLogger({ level: config.logLevel, style: logStyle(config.environment) });
  let runtime: Runtime;
  try {
    runtime = await startRuntime({ config, logger, signal: termination.signal });
  } catch (error) {
    if (termination.signal.aborted) return termination.exitCode();
    throw error;
  }
  if (!termination.signal.aborted) await once(termination.signal, 'abort');
  const left = await runtime.stop();
  return left.length > 0 ? 1 : termination.exitCode();
}

let exitCode = 1;
try {
  exitCode = await run(loadConfig());
} catch (error) {
  const fault = error instanceof ConfigurationError ? { message: error.message } : { error: toError(error) };
  if ('message' in fault) logger.error(fault.message);
  else logger.error('The start failed', fault);
}
await flushLogger(logger);
process.exit(exitCode);
