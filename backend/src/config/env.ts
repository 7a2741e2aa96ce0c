import dotenv from 'dotenv';
import mongoose from 'mongoose';
import { z } from 'zod';
import { ConfigurationError } from '../lib/errors.ts';
import { type LogLevel, logLevels } from '../lib/logger.ts';
import { Secret } from '../lib/secret.ts';

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

export interface Config {
  readonly environment: 'development' | 'production' | 'test';
  readonly logLevel: LogLevel;
  readonly http: { readonly port: number };
  readonly mongo: MongoSettings;
  readonly redis: RedisSettings;
  /** How long a stop may take before the process says what it left and exits with 1. */
  readonly shutdownTimeoutMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `check` returns what is wrong with the text, or nothing. The text itself is in no message: it may be a secret. */
const text = (fallback: string, check: (value: string) => string | undefined) =>
  z
    .string()
    .default(fallback)
    .check(({ value, issues }) => {
      const fault = check(value);
      if (fault !== undefined) issues.push({ code: 'custom', message: fault, input: value });
    });

const wholeNumber = (fallback: number, min: number, max: number) =>
  text(String(fallback), (value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `${JSON.stringify(value)} is not allowed: a whole number from ${min} to ${max}`,
  ).transform(Number);

const oneOf = <const T extends readonly [string, ...string[]]>(allowed: T) =>
  z.enum(allowed, { error: ({ input }) => `${JSON.stringify(input)} is not allowed: one of ${allowed.join(', ')}` });

function faultOfMongoUri(uri: string): string | undefined {
  if (uri.startsWith('mongodb+srv://')) return 'mongodb+srv:// is not supported: write the hosts out, as mongodb://…';
  if (!uri.startsWith('mongodb://')) return 'must begin with mongodb:// (as in mongodb://host:27017/msedb)';
  if (/[?&]timeoutMS=/i.test(uri)) return 'the option timeoutMS is not supported: leave it out';
  try {
    const parsed = new mongoose.mongo.MongoClient(uri).options.hosts; // opens nothing
    return parsed.length > 0 ? undefined : 'names no host';
  } catch {
    return 'is not a valid connection string (as in mongodb://user:password@host:27017/msedb, special characters percent-encoded)';
  }
}

function faultOfHost(host: string): string | undefined {
  return /^[\w.:-]+$/.test(host) && !host.includes('://')
    ? undefined
    : `${JSON.stringify(host)} is not allowed: a host name or an IP address alone, without scheme or port`;
}

const schema = z.object({
  NODE_ENV: oneOf(['development', 'production', 'test']).default('development'),
  PORT: wholeNumber(8010, 1, 65_535),
  MONGODB_URI: text('mongodb://msedb-mongo:27017/msedb', faultOfMongoUri),
  REDIS_HOST: text('msedb-redis', faultOfHost),
  REDIS_PORT: wholeNumber(6379, 1, 65_535),
  REDIS_PASSWORD: z.string().optional(),
  LOG_LEVEL: oneOf(logLevels).default('info'),
  SHUTDOWN_TIMEOUT_MS: wholeNumber(25_000, 1_000, 600_000),
});

/**
 * Turns environment variables into typed settings. An empty value counts as left out.
 * @param environment names and values, as in process.env
 * @throws ConfigurationError that names every faulty setting, what is wrong, and what is allowed
 */
export function parseConfig(environment: Environment): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { success, data, error } = schema.safeParse(given);
  if (!success) {
    const faults = error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new ConfigurationError(`These settings are wrong:\n${faults.join('\n')}`);
  }
  return {
    environment: data.NODE_ENV,
    logLevel: data.LOG_LEVEL,
    http: { port: data.PORT },
    mongo: { uri: new Secret(data.MONGODB_URI) },
    redis: {
      host: data.REDIS_HOST,
      port: data.REDIS_PORT,
      ...(data.REDIS_PASSWORD === undefined ? {} : { password: new Secret(data.REDIS_PASSWORD) }),
    },
    shutdownTimeoutMs: data.SHUTDOWN_TIMEOUT_MS,
  };
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
