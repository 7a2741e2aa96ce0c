import { z } from 'zod';
import { logLevels } from '../lib/logger.ts';
import { eventRetentionDays } from '../lib/retention.ts';
import {
  faultOfBaseUrl,
  faultOfMicrosoftUrl,
  faultOfDay,
  faultOfEmail,
  faultOfHost,
  faultOfMongoUri,
  faultOfTenant,
  faultOfTenantId,
  faultOfTimeZone,
  faultOfToken,
  faultOfTrustProxy,
  isSharedTenant,
} from './faults.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `faultOf` returns what is wrong with the text, or nothing. */
const checked = (faultOf: (value: string) => string | undefined) =>
  z.string().check(({ value, issues }) => {
    const fault = faultOf(value);
    if (fault !== undefined) issues.push({ code: 'custom', message: fault, input: value });
  });

const wholeNumber = (fallback: number, min: number, max: number) =>
  checked((value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `${JSON.stringify(value)} is not allowed: a whole number from ${min} to ${max}`,
  )
    .default(String(fallback))
    .transform(Number);

const oneOf = <const T extends readonly [string, ...string[]]>(allowed: T) =>
  z.enum(allowed, { error: ({ input }) => `${JSON.stringify(input)} is not allowed: one of ${allowed.join(', ')}` });

/** The settings by the names they have in the environment. */
export const schema = z.object({
  ROLE: oneOf(['all', 'api', 'worker']).default('all'),
  NODE_ENV: oneOf(['development', 'production', 'test']).default('development'),
  PORT: wholeNumber(8010, 1, 65_535),
  MONGODB_URI: checked(faultOfMongoUri).default('mongodb://msedb-mongo:27017/msedb'),
  REDIS_HOST: checked(faultOfHost).default('msedb-redis'),
  REDIS_PORT: wholeNumber(6379, 1, 65_535),
  REDIS_PASSWORD: z.string().optional(),
  LOG_LEVEL: oneOf(logLevels).default('info'),
  SHUTDOWN_TIMEOUT_MS: wholeNumber(25_000, 1_000, 600_000),
  APP_URL: checked(faultOfBaseUrl).default('http://localhost:8010'),
  TRUST_PROXY: checked(faultOfTrustProxy).optional(),
  ADMIN_EMAIL: checked(faultOfEmail).toLowerCase().optional(),
  ADMIN_TENANT_ID: checked(faultOfTenantId).toLowerCase().optional(),
  MICROSOFT_CLIENT_ID: z.string().optional(),
  MICROSOFT_CLIENT_SECRET: z.string().optional(),
  MICROSOFT_CLIENT_SECRET_EXPIRES: checked(faultOfDay).optional(),
  MICROSOFT_CLIENT_TYPE: oneOf(['confidential', 'public']).default('confidential'),
  MICROSOFT_CLIENT_CERTIFICATE_FILE: z.string().optional(),
  MICROSOFT_CLIENT_KEY_FILE: z.string().optional(),
  MICROSOFT_TENANT_ID: checked(faultOfTenant).default('common'),
  MICROSOFT_LOGIN_URL: checked(faultOfMicrosoftUrl).default('https://login.microsoftonline.com'),
  GRAPH_URL: checked(faultOfMicrosoftUrl).default('https://graph.microsoft.com'),
  MAIL_ACCESS: oneOf(['act', 'look', 'look-only']).default('act'),
  ENCRYPTION_KEYS: z.string().optional(),
  GRAPH_WEBHOOK_URL: checked(faultOfBaseUrl).optional(),
  SYNC_SINCE_DAYS: wholeNumber(90, 1, eventRetentionDays),
  SYNC_PAGE_SIZE: wholeNumber(200, 1, 1_000),
  ANALYSIS_TIMEZONE: checked(faultOfTimeZone).default('UTC'),
  PATTERN_HALF_LIFE_DAYS: wholeNumber(365, 7, 365),
  STAGING_HOURS: wholeNumber(24, 1, 168),
  UNDO_DAYS: wholeNumber(30, 1, 365),
  UNDO_DRILL: oneOf(['on', 'off']).default('off'),
  METRICS_TOKEN: checked(faultOfToken).optional(),
});

export type EnvironmentSettings = z.infer<typeof schema>;

/**
 * Returns what is wrong with naming the first admin: where anybody's directory may sign in, an address does not say
 * who comes, and the directory must be named as well.
 */
export function faultsOfAdmin(given: Environment): string[] {
  const tenant = given['MICROSOFT_TENANT_ID'] ?? 'common';
  if (given['ADMIN_EMAIL'] === undefined || given['MICROSOFT_CLIENT_ID'] === undefined) return [];
  if (given['ADMIN_TENANT_ID'] !== undefined || !isSharedTenant(tenant)) return [];
  return [
    `ADMIN_EMAIL: needs ADMIN_TENANT_ID, the id of the admin's directory, because MICROSOFT_TENANT_ID is ${tenant}; or set MICROSOFT_TENANT_ID to your directory`,
  ];
}
