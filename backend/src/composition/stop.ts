import { pingDatabase } from '../config/database.ts';
import { stopwatch } from '../lib/clock.ts';
import { secondMs } from '../lib/durations.ts';
import { shutDownGracefully } from '../lib/shutdown/graceful-shutdown.ts';
import type { Service } from './resources.ts';

/** While the service stops, a store that takes longer to answer counts as unavailable. */
export const storeAnswerMs = secondMs;

/**
 * Stops the service in reverse order of its start, within `shutdownTimeoutMs`.
 * @returns the steps that failed or timed out
 */
export async function stopService(service: Service): Promise<readonly string[]> {
  const { stack, options, activeJobs, healthRedis } = service;
  const { config, logger } = options;
  const elapsed = stopwatch();
  service.stopping = true;
  const left = await shutDownGracefully({
    stack,
    logger,
    limitMs: config.shutdownTimeoutMs,
    askStores: () => Promise.all([pingDatabase(AbortSignal.timeout(storeAnswerMs)), healthRedis.ping()]),
    answerMs: storeAnswerMs,
  });
  const facts = { ms: elapsed(), ...(activeJobs.size > 0 ? { jobs: [...activeJobs] } : {}) };
  if (left.length > 0) logger.error('Stopped with steps unfinished', { left, ...facts });
  else logger.info('Stopped', facts);
  return left;
}
