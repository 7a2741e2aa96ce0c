import type { Redis } from 'ioredis';
import { Types } from 'mongoose';
import type { DeletionPorts } from '../accounts/purge.ts';
import { AccessTokens } from '../auth/access-tokens.ts';
import { Microsoft } from '../auth/msal.ts';
import { createRedisLock } from '../auth/redis-lock.ts';
import type { SignInDeps } from '../auth/sign-in.ts';
import { TokenVault } from '../auth/token-vault.ts';
import { deactivateUser, refuseLastAdmin } from '../auth/users.ts';
import { parseKeys } from '../auth/vault-keys.ts';
import { handBackStaged } from '../automation/staging/hand-back.ts';
import type { Config } from '../config/env.ts';
import { AppError } from '../lib/errors.ts';
import { createGraphClient, type GraphClient } from '../graph/client.ts';
import { createMailboxLimiters } from '../graph/limiter.ts';
import { purgeMailboxJobs } from '../jobs/purge-mailbox-jobs.ts';
import type { Queues } from '../jobs/queues.ts';
import type { Logger } from '../lib/logger.ts';
import { returnSubscriptions } from '../observation/subscriptions/return-subscriptions.ts';

/** What works only once the service is registered with Microsoft. */
export interface MicrosoftConnection {
  readonly signIn: SignInDeps;
  readonly tokens: AccessTokens;
  /** Graph, as the owner of this mailbox sees it. */
  readonly graphOf: (mailboxId: string) => GraphClient;
}

/**
 * Puts together what talks to Microsoft; opens nothing.
 * @returns undefined while the application is not set up
 * @throws ConfigurationError when the keys are wrong
 */
export function connectMicrosoft(config: Config, redis: Redis): MicrosoftConnection | undefined {
  const { microsoft: settings, encryptionKeys, http, adminEmail } = config;
  if (settings === undefined) return undefined;
  const clock = Date.now;
  const vault = new TokenVault(parseKeys(encryptionKeys?.reveal()));
  const microsoft = new Microsoft({ ...settings, redirectUri: `${http.appUrl}/auth/callback` });
  const tokens = new AccessTokens({ microsoft, vault, withLock: createRedisLock(redis), clock });
  const limiters = createMailboxLimiters();
  return {
    signIn: { microsoft, vault, adminEmail, clock },
    tokens,
    graphOf: (mailboxId) =>
      createGraphClient({
        baseUrl: settings.graphUrl,
        limiter: limiters.of(mailboxId),
        getToken: (options) => tokens.getToken(mailboxId, options),
      }),
  };
}

/** Graph, as the owner of a mailbox sees it; while the application is not set up, asking for it is answered with why. */
export function graphOfConnection(connection: MicrosoftConnection | undefined): MicrosoftConnection['graphOf'] {
  if (connection !== undefined) return connection.graphOf;
  return () => {
    throw new AppError(503, 'not_set_up', 'MSEDB is not registered with Microsoft yet: see the README');
  };
}

export interface PortSources {
  readonly connection: MicrosoftConnection | undefined;
  readonly queues: Queues;
  readonly redis: Redis;
  readonly logger: Logger;
}

/** What disconnecting, purging and deleting need of the parts that they must not know. */
export function createDeletionPorts({ connection, queues, redis, logger }: PortSources): DeletionPorts {
  return {
    logger,
    deleteSubscriptions: async (mailboxId, signal) => {
      if (connection !== undefined) await returnSubscriptions(connection.graphOf(mailboxId), mailboxId, signal);
    },
    handBackStaged: (leaving) => handBackStaged({ graphOf: graphOfConnection(connection), clock: Date.now }, leaving),
    forgetInRedis: async (ids) => {
      await purgeMailboxJobs(queues, ids);
      await redis.del(...ids.flatMap((id) => [`limit:api:${id}`, `msedb:notified:${id}`]));
    },
    refuseLastAdmin: (userId) => refuseLastAdmin(new Types.ObjectId(userId)),
    deactivate: async (userId) => {
      const self = new Types.ObjectId(userId);
      await deactivateUser({ userId: self, by: self });
    },
  };
}
