import { describe, expect, it } from 'vitest';
import { documentDbRecipe } from './documentdb.ts';
import { redisRecipe } from './redis.ts';

describe('the packages that are fetched', () => {
  it('are, for DocumentDB, the server, its extensions and the libraries these load', () => {
    const offered = ['postgresql-18', 'postgresql-18-documentdb', 'postgresql-common', 'libc6', 'libgeos3.15.0'];
    const left = ['libgdal39', 'libheif1', 'libboost-serialization1.92.0', 'openssl', 'mariadb-common', 'adduser'];

    const wanted = [...offered, ...left].filter((name) => documentDbRecipe.wants(name));

    expect(wanted).toEqual(['postgresql-18', 'postgresql-18-documentdb', 'libc6', 'libgeos3.15.0']);
  });

  it('are, for Redis, the program and the libraries it loads', () => {
    const offered = ['redis-tools', 'redis-server', 'libc6', 'libssl3t64', 'zlib1g', 'libpam-modules', 'passwd'];

    const wanted = offered.filter((name) => redisRecipe.wants(name));

    expect(wanted).toEqual(['redis-tools', 'libc6', 'libssl3t64', 'zlib1g']);
  });
});
