import dotenv from 'dotenv';
import { defined } from '../lib/defined.ts';
import { ConfigurationError, toError } from '../lib/errors.ts';
import type { LogLevel } from '../lib/logger.ts';
import { Secret } from '../lib/secret.ts';
import { type ClientCertificate, faultsOfMicrosoft, readClientCertificate } from './client-credential.ts';
import { type Environment, faultsOfAdmin, schema, type EnvironmentSettings } from './settings-schema.ts';

export interface MongoSettings {
  readonly uri: Secret;
}

export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly password?: Secret;
  /** Logical database of the server; 0 when it is left out. */
  readonly db?: number;
}

interface HttpSettings {
  readonly port: number;
  /** The origin at which browsers reach the service, as in https://mail.example.com. */
  readonly appUrl: string;
  /** Express's "trust proxy"; none when it is left out. */
  readonly trustProxy?: number | string;
}

/** The application registered with Entra ID, and where Microsoft's services are. */
interface MicrosoftAppSettings {
  readonly clientId: string;
  /** Without a secret and a certificate it is a public client. */
  readonly clientSecret?: Secret;
  readonly clientCertificate?: ClientCertificate;
  /** The day on which the secret ends, at midnight UTC. */
  readonly clientSecretExpires?: Date;
  readonly tenantId: string;
  readonly loginUrl: string;
  readonly graphUrl: string;
}

interface ObservationSettings {
  /** The origin at which Graph reaches the service; without it there are no subscriptions, only synchronization. */
  readonly webhookUrl?: string;
  /** The age of the oldest mail that is taken in at first, in days. */
  readonly sinceDays: number;
  /** The largest number of messages in a page of changes. */
  readonly pageSize: number;
}

interface AnalysisSettings {
  /** An IANA name: in which zone it is night at 02:00. */
  readonly timeZone: string;
  /** After so many days a message counts half. */
  readonly halfLifeDays: number;
}

interface AutomationSettings {
  /** The hours that mail deleted by a rule waits in the staging folder. */
  readonly stagingHours: number;
  /** For how many days an action can be undone. */
  readonly undoDays: number;
  /** True to check each night that an action can still be undone. */
  readonly undoDrill: boolean;
}

export interface Config {
  /** The work of this process: answer over HTTP, work on jobs, or both. */
  readonly role: 'all' | 'api' | 'worker';
  readonly environment: 'development' | 'production' | 'test';
  readonly logLevel: LogLevel;
  readonly http: HttpSettings;
  readonly mongo: MongoSettings;
  readonly redis: RedisSettings;
  /** Without it nobody can sign in; everything else works. */
  readonly microsoft?: MicrosoftAppSettings;
  /** What mailboxes are connected for unless their owner chooses: `look-only` leaves no choice. `act` when left out. */
  readonly mailAccess?: 'act' | 'look' | 'look-only';
  /** The keys that tokens are encrypted with, newest first; there whenever `microsoft` is. */
  readonly encryptionKeys?: Secret;
  readonly observation: ObservationSettings;
  readonly analysis: AnalysisSettings;
  readonly automation: AutomationSettings;
  /** The token that reading /metrics from another machine requires; without it only this machine may read them. */
  readonly metricsToken?: Secret;
  /** The address of the person who may sign in first, as an admin; lower case. */
  readonly adminEmail?: string;
  /** The id of that person's directory; without it theirs is the configured one. */
  readonly adminTenantId?: string;
  /** The time limit of a stop; after it the process logs what is left and exits with 1. */
  readonly shutdownTimeoutMs: number;
}

/**
 * Turns environment variables into typed settings. An empty value counts as left out.
 * @internal exported for tests
 * @param environment names and values, as in process.env
 * @throws ConfigurationError that names every faulty setting, what is wrong, and what is allowed
 */
export function parseConfig(environment: Environment): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { success, data, error } = schema.safeParse(given);
  const faults = (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  faults.push(...faultsOfMicrosoft(given), ...faultsOfAdmin(given));
  if (!success || faults.length > 0) {
    throw new ConfigurationError(`These settings are wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
  return toConfig(data, certificateIn(given));
}

/** Read last: a file counts only where the settings that name it are right. */
function certificateIn(given: Environment): ClientCertificate | undefined {
  try {
    return readClientCertificate(given);
  } catch (error) {
    throw new ConfigurationError(`These settings are wrong:\n  ${toError(error).message}`, { cause: error });
  }
}

function toConfig(data: EnvironmentSettings, clientCertificate: ClientCertificate | undefined): Config {
  return defined<Config>({
    role: data.ROLE,
    environment: data.NODE_ENV,
    logLevel: data.LOG_LEVEL,
    http: defined<HttpSettings>({
      port: data.PORT,
      appUrl: new URL(data.APP_URL).origin,
      trustProxy: toTrustProxy(data.TRUST_PROXY),
    }),
    mongo: { uri: new Secret(data.MONGODB_URI) },
    redis: defined<RedisSettings>({
      host: data.REDIS_HOST,
      port: data.REDIS_PORT,
      password: toSecret(data.REDIS_PASSWORD),
    }),
    microsoft: toMicrosoft(data, clientCertificate),
    mailAccess: data.MAIL_ACCESS,
    encryptionKeys: toSecret(data.ENCRYPTION_KEYS),
    adminEmail: data.ADMIN_EMAIL,
    adminTenantId: data.ADMIN_TENANT_ID,
    observation: toObservation(data),
    automation: {
      stagingHours: data.STAGING_HOURS,
      undoDays: data.UNDO_DAYS,
      undoDrill: data.UNDO_DRILL === 'on',
    },
    metricsToken: toSecret(data.METRICS_TOKEN),
    analysis: { timeZone: data.ANALYSIS_TIMEZONE, halfLifeDays: data.PATTERN_HALF_LIFE_DAYS },
    shutdownTimeoutMs: data.SHUTDOWN_TIMEOUT_MS,
  });
}

function toSecret(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}

function toObservation(data: EnvironmentSettings): ObservationSettings {
  const { GRAPH_WEBHOOK_URL: url, SYNC_SINCE_DAYS: sinceDays, SYNC_PAGE_SIZE: pageSize } = data;
  const webhookUrl = url === undefined ? undefined : new URL(url).origin;
  return defined<ObservationSettings>({ webhookUrl, sinceDays, pageSize });
}

function toTrustProxy(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

function toMicrosoft(
  data: EnvironmentSettings,
  clientCertificate: ClientCertificate | undefined,
): MicrosoftAppSettings | undefined {
  const { MICROSOFT_CLIENT_ID: clientId, MICROSOFT_CLIENT_SECRET_EXPIRES: expires } = data;
  if (clientId === undefined) return undefined;
  return defined<MicrosoftAppSettings>({
    clientId,
    clientSecret: toSecret(data.MICROSOFT_CLIENT_SECRET),
    clientCertificate,
    clientSecretExpires: expires === undefined ? undefined : new Date(`${expires}T00:00:00Z`),
    tenantId: data.MICROSOFT_TENANT_ID,
    loginUrl: new URL(data.MICROSOFT_LOGIN_URL).origin,
    graphUrl: new URL(data.GRAPH_URL).origin,
  });
}

/** One JSON object a line for machines in production, lines for a person elsewhere. */
export function logStyle(environment = process.env['NODE_ENV']): 'json' | 'readable' {
  return environment === 'production' ? 'json' : 'readable';
}

/**
 * Reads the process's environment, and beneath it a .env file here or in the folder above. The one reader of
 * process.env in src/.
 * @throws ConfigurationError as parseConfig
 */
export function loadConfig(): Config {
  dotenv.config({ path: ['.env', '../.env'], quiet: true });
  return parseConfig(process.env);
}
