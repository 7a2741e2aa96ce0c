import { createLogger } from '../../src/lib/logger.ts';
import { LogLimiter } from '../../src/lib/log-limiter.ts';

/** Where refusals of Entra ID are logged in tests that read no log. */
export const refusalContext = {
  logger: createLogger({ level: 'error', style: 'readable' }),
  limiter: new LogLimiter(Date.now),
} as const;
