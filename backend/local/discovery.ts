import { existsSync } from 'node:fs';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { z } from 'zod';

/** The source of MongoDB: a running one, a mongod to start, or DocumentDB from an unpacked tree behind the gateway. */
export const mongoSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('given'), uri: z.string() }),
  z.object({ kind: z.literal('mongod'), command: z.array(z.string()), origin: z.string() }),
  z.object({ kind: z.literal('documentdb'), postgres: z.array(z.string()), initdb: z.array(z.string()) }),
]);
export type MongoSource = z.infer<typeof mongoSource>;

/** The source of Redis: a running one, or a redis-server to start. */
export const redisSource = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('given'),
    host: z.string(),
    port: z.number().int(),
    password: z.string().optional(),
  }),
  z.object({ kind: z.literal('redis-server'), command: z.array(z.string()), origin: z.string() }),
]);
export type RedisSource = z.infer<typeof redisSource>;

const defaultRedisPort = 6379;

/** The MongoDB that the environment names, if it does. */
export function givenMongo(env: NodeJS.ProcessEnv): MongoSource | undefined {
  const uri = env['MONGODB_URI'];
  return uri === undefined || uri === '' ? undefined : { kind: 'given', uri };
}

/** The Redis that the environment names, if it does. Throws when REDIS_PORT is no port. */
export function givenRedis(env: NodeJS.ProcessEnv): RedisSource | undefined {
  const host = env['REDIS_HOST'];
  if (host === undefined || host === '') return undefined;
  const port = Number(env['REDIS_PORT'] ?? defaultRedisPort);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`REDIS_PORT must be a port from 1 to 65535, not "${env['REDIS_PORT']}"`);
  }
  const password = env['REDIS_PASSWORD'];
  return { kind: 'given', host, port, ...(password === undefined || password === '' ? {} : { password }) };
}

/** The first executable file of this name in the folders of a PATH. */
export function findOnPath(program: string, path: string | undefined): string | undefined {
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program)).find((file) => isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return existsSync(file);
  } catch {
    return false;
  }
}

/** The one line that says which stores were chosen. A password in a URI is not shown. */
export function describeChoice(mongo: MongoSource, redis: RedisSource): string {
  return `Stores: MongoDB is ${describeMongo(mongo)}; Redis is ${describeRedis(redis)}`;
}

function describeMongo(source: MongoSource): string {
  if (source.kind === 'given') return `the one in MONGODB_URI (${withoutCredentials(source.uri)})`;
  return source.kind === 'mongod' ? `mongod ${source.origin}` : "DocumentDB from Debian's packages, behind the gateway";
}

function describeRedis(source: RedisSource): string {
  if (source.kind === 'given') return `the one in REDIS_HOST (${source.host}:${source.port})`;
  return `redis-server ${source.origin}`;
}

/** A MongoDB URI fit for printing: user and password are left out. */
export function withoutCredentials(uri: string): string {
  return uri.replace(/\/\/[^/]*@/, '//');
}

/** What to do where no redis-server was found and none can be unpacked. */
export function redisAdvice(platform: NodeJS.Platform): string {
  const install: Partial<Record<NodeJS.Platform, string>> = {
    darwin: 'brew install redis',
    linux: 'install redis with the package manager (apt-get install redis-server, dnf install redis, apk add redis)',
    win32: 'Redis has no version for Windows: use WSL, where this works by itself',
  };
  return [
    'No redis-server was found, and this system has no way to get one without installing it.',
    `  Either: ${install[platform] ?? 'install Redis 7 or newer'}`,
    '  Or name a running one: REDIS_HOST=127.0.0.1 REDIS_PORT=6379',
  ].join('\n');
}
