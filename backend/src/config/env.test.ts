import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../lib/errors.ts';
import { parseConfig } from './env.ts';

function faultsOf(environment: Record<string, string>): string {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'none';
}

describe('parseConfig', () => {
  it('works with nothing set', () => {
    const config = parseConfig({});

    expect(config).toMatchObject({
      environment: 'development',
      logLevel: 'info',
      http: { port: 8010 },
      redis: { host: 'msedb-redis', port: 6379 },
      shutdownTimeoutMs: 25_000,
    });
    expect(config.mongo.uri.reveal()).toBe('mongodb://msedb-mongo:27017/msedb');
    expect(config.redis.password).toBeUndefined();
  });

  it('takes an empty value as left out', () => {
    expect(parseConfig({ PORT: '', REDIS_PASSWORD: '', LOG_LEVEL: '' })).toEqual(parseConfig({}));
  });

  it('takes every setting from the environment', () => {
    const config = parseConfig({
      NODE_ENV: 'production',
      PORT: '9000',
      MONGODB_URI: 'mongodb://me:secret@a:27017,b:27018/mail?replicaSet=rs0',
      REDIS_HOST: '10.0.0.7',
      REDIS_PORT: '6380',
      REDIS_PASSWORD: 'hush',
      LOG_LEVEL: 'debug',
      SHUTDOWN_TIMEOUT_MS: '5000',
    });

    expect(config).toMatchObject({
      environment: 'production',
      logLevel: 'debug',
      http: { port: 9000 },
      redis: { host: '10.0.0.7', port: 6380 },
      shutdownTimeoutMs: 5_000,
    });
    expect(config.redis.password?.reveal()).toBe('hush');
    expect(config.mongo.uri.reveal()).toContain('secret');
  });

  it.each([
    ['PORT', 'abc', '1 to 65535'],
    ['PORT', '99999', '1 to 65535'],
    ['PORT', '0', '1 to 65535'],
    ['PORT', '80.5', '1 to 65535'],
    ['MONGODB_URI', 'postgres://x', 'mongodb://'],
    ['MONGODB_URI', 'mongodb://', 'connection string'],
    ['MONGODB_URI', 'mongodb+srv://cluster.example/msedb', 'not supported'],
    ['MONGODB_URI', 'mongodb://a/msedb?timeoutMS=5', 'timeoutMS'],
    ['REDIS_HOST', 'redis://somewhere', 'host name'],
    ['REDIS_PORT', '-1', '1 to 65535'],
    ['LOG_LEVEL', 'shout', 'error, warn, info, debug'],
    ['NODE_ENV', 'staging', 'development, production, test'],
    ['SHUTDOWN_TIMEOUT_MS', '10', '1000 to 600000'],
  ])('refuses %s=%s and says what is allowed', (name, value, allowed) => {
    const faults = faultsOf({ [name]: value });

    expect(faults).toContain(`${name}: `);
    expect(faults).toContain(allowed);
  });

  it('names every faulty setting in one message', () => {
    const faults = faultsOf({ PORT: 'abc', MONGODB_URI: 'postgres://x', REDIS_PORT: '-1', LOG_LEVEL: 'shout' });

    expect(faults.split('\n').slice(1)).toEqual([
      expect.stringContaining('PORT'),
      expect.stringContaining('MONGODB_URI'),
      expect.stringContaining('REDIS_PORT'),
      expect.stringContaining('LOG_LEVEL'),
    ]);
  });

  it('prints no part of a connection string, neither when it is wrong nor when it is right', () => {
    const config = parseConfig({ MONGODB_URI: 'mongodb://user:hush@host/msedb', REDIS_PASSWORD: 'hush' });

    expect(faultsOf({ MONGODB_URI: 'postgres://user:hush@host/msedb' })).not.toContain('hush');
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('hush');
  });
});
