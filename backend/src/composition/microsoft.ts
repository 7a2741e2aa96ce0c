import { AdminConsent } from '../auth/consent/admin-consent.ts';
import type { Redis } from 'ioredis';
import { Types } from 'mongoose';
import type { DeletionPorts } from '../accounts/purge.ts';
import { createRefusalReport, type RefusalDeps } from '../accounts/report-refusal.ts';
import { AccessTokens } from '../auth/tokens/access-tokens.ts';
import { MicrosoftRefusedError } from '../auth/errors.ts';
import type { AccessPorts } from '../auth/consent/mail-access.ts';
import { Microsoft, redirectUriOf } from '../auth/microsoft/msal.ts';
import { createRedisLock } from '../auth/tokens/redis-lock.ts';
import type { SignInDeps } from '../auth/sign-in/sign-in.ts';
import { createSignInLog } from '../auth/sign-in/sign-in-log.ts';
import { TokenVault } from '../auth/tokens/token-vault.ts';
import { closeAccount, refuseLastAdmin } from '../auth/users.ts';
import { parseKeys } from '../auth/tokens/vault-keys.ts';
import { extendBeforeResuming } from '../automation/staging/extend-expiry.ts';
import { handBackStaged } from '../automation/staging/hand-back.ts';
import type { Config } from '../config/env.ts';
import { secondMs } from '../lib/durations.ts';
import { AppError } from '../lib/errors.ts';
import { createGraphClient, type GraphClient } from '../graph/client.ts';
import { createGraphClock, type GraphClock } from '../graph/graph-clock.ts';
import { createMailboxLimiters } from '../graph/limiter.ts';
import { createTokenClient, getProfile } from '../graph/profile.ts';
import { purgeMailboxJobs } from '../jobs/purge-mailbox-jobs.ts';
import type { Queues } from '../jobs/queues.ts';
import type { Logger } from '../lib/logger.ts';
import { limitKeysOf } from '../http/rate-limit.ts';
import { returnSubscriptions } from '../observation/subscriptions/return-subscriptions.ts';

/** A person waits at a browser meanwhile. */
const namesLimitMs = 8_000;

/** The parts that need a registration with Microsoft. */
export interface MicrosoftConnection {
  readonly signIn: SignInDeps;
  readonly tokens: AccessTokens;
  /** Returns a Graph client with the rights of the mailbox's owner. */
  readonly graphOf: (mailboxId: string) => GraphClient;
  /** Graph's time, as its answers to this process show it. */
  readonly graphClock: GraphClock;
}

/**
 * Puts together the clients of Microsoft; opens nothing.
 * @param logger for a clock that is wrong
 * @returns undefined while the application is not registered
 * @throws ConfigurationError when the keys are wrong
 */
export function connectMicrosoft(
  config: Config,
  redis: Redis,
  { logger, limiter }: Pick<RefusalDeps, 'logger' | 'limiter'>,
): MicrosoftConnection | undefined {
  const { microsoft: settings, encryptionKeys, http, adminEmail, adminTenantId, mailAccess, automation } = config;
  if (settings === undefined) return undefined;
  const clock = Date.now;
  const keys = parseKeys(encryptionKeys?.reveal());
  const vault = new TokenVault(keys);
  const registration = { ...settings, redirectUri: redirectUriOf(http.appUrl) };
  const microsoft = new Microsoft(registration);
  const adminConsent = new AdminConsent({ ...registration, keys, mailAccess, clock });
  const reportRefusal = createRefusalReport({ logger, limiter, clock });
  const tokens = new AccessTokens({ microsoft, vault, withLock: createRedisLock(redis), reportRefusal, clock });
  const tellSignIn = createSignInLog({ logger, limiter, clock });
  const readNames = createNameReader(settings.graphUrl, logger);
  const limiters = createMailboxLimiters();
  const graphClock = createGraphClock({ ours: clock, onWrong: (offsetMs) => warnOfClock(offsetMs, logger) });
  const graphOf = (mailboxId: string) =>
    createGraphClient({
      baseUrl: settings.graphUrl,
      graphClock,
      limiter: limiters.of(mailboxId),
      getToken: (options) => tokens.getToken(mailboxId, options),
    });
  return {
    graphClock,
    signIn: {
      microsoft,
      vault,
      adminEmail,
      adminTenantId,
      readNames,
      reportRefusal,
      tellSignIn,
      adminConsent,
      mailAccess,
      access: createAccessPorts({ graphOf, logger, stagingHours: automation.stagingHours }),
      clock,
    },
    tokens,
    graphOf,
  };
}

interface AccessSources {
  readonly graphOf: (mailboxId: string) => GraphClient;
  readonly logger: Logger;
  readonly stagingHours: number;
}

function createAccessPorts({ graphOf, logger, stagingHours }: AccessSources): AccessPorts {
  return {
    logger,
    handBackStaged: (leaving) => handBackStaged({ graphOf, clock: Date.now }, { ...leaving, reason: 'look_only' }),
    extendStaged: async ({ userId, mailboxId }) => {
      const mailbox = { userId: userId.toString(), mailboxId: mailboxId.toString() };
      await extendBeforeResuming({ ...mailbox, stagingHours, now: Date.now() });
    },
  };
}

function warnOfClock(offsetMs: number, logger: Logger): void {
  const offsetSeconds = Math.round(offsetMs / secondMs);
  const message = "The clock of this machine is wrong: Microsoft Graph's is minutes away. Set it (NTP)";
  logger.warn(message, { graphIsAheadBySeconds: offsetSeconds });
}

/**
 * Returns the code by which Microsoft refuses this application (a client secret that has expired, say); undefined for
 * any other error.
 */
export function applicationRefusal(error: unknown): string | undefined {
  return error instanceof MicrosoftRefusedError ? error.reason : undefined;
}

/** @internal exported for tests of sign-in. Returns the function that asks Graph for the names of an account. */
export function createNameReader(graphUrl: string, logger: Logger): SignInDeps['readNames'] {
  return async (accessToken) => {
    const signal = AbortSignal.timeout(namesLimitMs);
    const client = createTokenClient(graphUrl, accessToken);
    try {
      return await client.send(getProfile(), { signal, maxWaitMs: namesLimitMs });
    } catch (error) {
      logger.warn('Graph did not tell the names of an account that signed in; the name in its token counts alone', {
        error,
      });
      return undefined;
    }
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

/** Logged when the last admin has gone, and at the start while there is none. */
export const noAdmin =
  'This service has no admin now: the person whom ADMIN_EMAIL names becomes the admin by signing in';

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
      if (!(await closeAccount(new Types.ObjectId(userId)))) logger.warn(noAdmin);
    },
  };
}
