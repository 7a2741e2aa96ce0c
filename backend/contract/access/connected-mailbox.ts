import { createRefusalReport } from '../../src/accounts/report-refusal.ts';
import { AccessTokens } from '../../src/auth/tokens/access-tokens.ts';
import { Microsoft } from '../../src/auth/microsoft/msal.ts';
import { createRedisLock } from '../../src/auth/tokens/redis-lock.ts';
import { TokenVault } from '../../src/auth/tokens/token-vault.ts';
import { parseKeys } from '../../src/auth/tokens/vault-keys.ts';
import { connectDatabase, disconnectDatabase } from '../../src/config/database.ts';
import { type Config, logStyle } from '../../src/config/env.ts';
import { closeRedisClient, getRedisClient } from '../../src/config/redis.ts';
import { canonicalAddress } from '../../src/lib/canonical-address.ts';
import { LogLimiter } from '../../src/lib/log-limiter.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { Mailbox } from '../../src/models/index.ts';
import type { Access } from './access.ts';

interface Wanted {
  readonly address: string;
  readonly signal: AbortSignal;
}

/**
 * Uses the tokens of a mailbox that is connected to the running service, under the service's lock.
 * @throws Error when a store cannot be reached, or no mailbox of that address is connected
 */
export async function connectedMailbox(
  config: Config,
  microsoft: NonNullable<Config['microsoft']>,
  { address, signal }: Wanted,
): Promise<Access> {
  const logger = createLogger({ level: 'error', style: logStyle(config.environment) });
  await connectDatabase(config.mongo, logger, signal);
  const limiter = new LogLimiter(Date.now);
  const redis = getRedisClient({ settings: config.redis, logger, limiter });
  const close = async () => {
    await closeRedisClient(redis);
    await disconnectDatabase();
  };
  try {
    const mailbox = await Mailbox.findOne({ email: canonicalAddress(address), isConnected: true }, '_id').lean();
    if (mailbox === null) throw new Error('No mailbox of that address is connected: connect it in the service first');
    const tokens = new AccessTokens({
      microsoft: new Microsoft({ ...microsoft, redirectUri: `${config.http.appUrl}/auth/callback` }),
      vault: new TokenVault(parseKeys(config.encryptionKeys?.reveal())),
      withLock: createRedisLock(redis),
      reportRefusal: createRefusalReport({ logger, limiter, clock: Date.now }),
      clock: Date.now,
    });
    const token = () => tokens.getToken(mailbox._id, { signal });
    return { graphUrl: microsoft.graphUrl, token, signIn: undefined, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
