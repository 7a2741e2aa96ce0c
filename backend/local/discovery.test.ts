import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeChoice, findOnPath, givenMongo, givenRedis, redisAdvice, withoutCredentials } from './discovery.ts';

describe('stores named in the environment', () => {
  it('are used one by one: each decides for itself', () => {
    expect(givenMongo({ MONGODB_URI: 'mongodb://db.test/msedb' })).toEqual({
      kind: 'given',
      uri: 'mongodb://db.test/msedb',
    });
    expect(givenRedis({ MONGODB_URI: 'mongodb://db.test/msedb' })).toBeUndefined();
  });

  it('count as not named when empty', () => {
    expect(givenMongo({ MONGODB_URI: '' })).toBeUndefined();
    expect(givenRedis({ REDIS_HOST: '', REDIS_PORT: '6380' })).toBeUndefined();
  });

  it('take the usual port and no password unless told', () => {
    expect(givenRedis({ REDIS_HOST: 'redis.test' })).toEqual({ kind: 'given', host: 'redis.test', port: 6379 });
    expect(givenRedis({ REDIS_HOST: 'redis.test', REDIS_PORT: '6380', REDIS_PASSWORD: 'p' })).toEqual({
      kind: 'given',
      host: 'redis.test',
      port: 6380,
      password: 'p',
    });
  });

  it('are refused with a port that is none', () => {
    expect(() => givenRedis({ REDIS_HOST: 'redis.test', REDIS_PORT: '-1' })).toThrow('REDIS_PORT');
  });
});

describe('a program on PATH', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'msedb-path-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is the first file of that name that can be run', () => {
    writeFileSync(join(folder, 'redis-server'), '');
    chmodSync(join(folder, 'redis-server'), 0o755);
    writeFileSync(join(folder, 'mongod'), '');
    chmodSync(join(folder, 'mongod'), 0o644);
    const path = ['/nowhere', folder].join(delimiter);

    expect(findOnPath('redis-server', path)).toBe(join(folder, 'redis-server'));
    expect(findOnPath('mongod', path)).toBeUndefined();
    expect(findOnPath('redis-server', undefined)).toBeUndefined();
  });
});

describe('the choice', () => {
  it('is said in one line, without a password', () => {
    const line = describeChoice(
      { kind: 'given', uri: 'mongodb://user:secret@db.test/msedb' },
      { kind: 'redis-server', command: ['/usr/bin/redis-server'], origin: 'on PATH (/usr/bin/redis-server)' },
    );

    expect(line).toBe(
      'Stores: MongoDB is the one in MONGODB_URI (mongodb://db.test/msedb); Redis is redis-server on PATH (/usr/bin/redis-server)',
    );
  });

  it('leaves a URI without credentials as it is', () => {
    expect(withoutCredentials('mongodb://a.test,b.test/msedb?x=@')).toBe('mongodb://a.test,b.test/msedb?x=@');
  });

  it('comes with advice for the system where no Redis can be had', () => {
    expect(redisAdvice('darwin')).toContain('brew install redis');
    expect(redisAdvice('linux')).toContain('apt-get install redis-server');
    expect(redisAdvice('sunos')).toContain('REDIS_HOST=');
  });
});
