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
import { limitKeysOf } from '../http/rate-limit.ts';
import { returnSubscriptions } from '../observation/subscriptions/return-subscriptions.ts';

/** The parts that need a registration with Microsoft. */
export interface MicrosoftConnection {
  readonly signIn: SignInDeps;
  readonly tokens: AccessTokens;
  /** Returns a Graph client with the rights of the mailbox's owner. */
  readonly graphOf: (mailboxId: string) => GraphClient;
}

/**
 * Puts together the clients of Microsoft; opens nothing.
 * @returns undefined while the application is not registered
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

/** Returns the Graph clients of a connection. Without a connection, each use throws AppError 503 not_set_up. */
export function graphOfConnection(connection: MicrosoftConnection | undefined): MicrosoftConnection['graphOf'] {
  if (connection !== undefined) return connection.graphOf;
  return () => {
    throw new AppError(
      503,
      'not_set_up',
      'Microsoft 365 is not configured: see "Connect to Microsoft 365" in the README',
    );
  };
}

export interface PortSources {
  readonly connection: MicrosoftConnection | undefined;
  readonly queues: Queues;
  readonly redis: Redis;
  readonly logger: Logger;
}

/** Puts together the functions of other rooms that disconnecting, purging and deletion call. */
export function createDeletionPorts({ connection, queues, redis, logger }: PortSources): DeletionPorts {
  return {
    logger,
    deleteSubscriptions: async (mailboxId, signal) => {
      if (connection !== undefined) await returnSubscriptions(connection.graphOf(mailboxId), mailboxId, signal);
    },
    handBackStaged: (leaving) => handBackStaged({ graphOf: graphOfConnection(connection), clock: Date.now }, leaving),
    forgetInRedis: async (ids) => {
      await purgeMailboxJobs(queues, ids);
      await redis.del(...ids.flatMap((id) => [...limitKeysOf(id), `msedb:notified:${id}`]));
    },
    refuseLastAdmin: (userId) => refuseLastAdmin(new Types.ObjectId(userId)),
    deactivate: async (userId) => {
      const self = new Types.ObjectId(userId);
      await deactivateUser({ userId: self, by: self });
    },
  };
}
