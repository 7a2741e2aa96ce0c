import { connectByDeviceCode, type DeviceSignIn } from '../auth/sign-in/device-sign-in.ts';
import { type Config, logStyle } from '../config/env.ts';
import { closeRedisClient, getRedisClient } from '../config/redis.ts';
import { closeAllQueues, createQueues, type JobsContext } from '../jobs/queues.ts';
import { requestRenewal, requestSync } from '../jobs/request-jobs.ts';
import { ConfigurationError } from '../lib/errors.ts';
import { LogLimiter } from '../lib/log-limiter.ts';
import { createLogger } from '../lib/logger.ts';
import { Mailbox } from '../models/index.ts';
import { connectMicrosoft } from './microsoft.ts';

export interface DeviceConnection {
  readonly address: string;
  /** True when the running service has been asked to read the mailbox now; otherwise its schedule includes it. */
  readonly isQueued: boolean;
}

/** @throws ConfigurationError unless the settings are those of a public client, which alone signs in by device code */
export function requirePublicClient({ microsoft }: Config): void {
  if (microsoft === undefined)
    throw new ConfigurationError('Microsoft 365 is not configured: see "Connect to Microsoft 365" in the README');
  if (microsoft.clientSecret !== undefined || microsoft.clientCertificate !== undefined)
    throw new ConfigurationError(
      'Only a public client signs in by device code: set MICROSOFT_CLIENT_TYPE=public, or sign in at APP_URL in a browser',
    );
}

/**
 * Connects the mailbox of who signs in by device code, for the running service.
 * @throws ConfigurationError as requirePublicClient; otherwise as connectByDeviceCode
 */
export async function connectDevice(config: Config, signIn: DeviceSignIn): Promise<DeviceConnection> {
  requirePublicClient(config);
  const logger = createLogger({ level: 'error', style: logStyle(config.environment) });
  const context = { settings: config.redis, logger, limiter: new LogLimiter(Date.now) };
  const redis = getRedisClient(context);
  try {
    const connection = connectMicrosoft(config, redis, context);
    if (connection === undefined) throw new ConfigurationError('Microsoft 365 is not configured');
    const mailboxId = await connectByDeviceCode(connection.signIn, signIn);
    const { email } = await Mailbox.findById(mailboxId, 'email').lean().orFail();
    return { address: email, isQueued: await queueFirstJobs(context, mailboxId.toHexString()) };
  } finally {
    await closeRedisClient(redis);
  }
}

/** @returns false when Redis is unavailable */
async function queueFirstJobs(context: JobsContext, mailboxId: string): Promise<boolean> {
  const queues = createQueues(context);
  try {
    await Promise.all([requestSync(queues, mailboxId), requestRenewal(queues, mailboxId)]);
    return true;
  } catch {
    return false; // the tokens are stored: the next scheduled runs include the mailbox
  } finally {
    await closeAllQueues(queues);
  }
}
