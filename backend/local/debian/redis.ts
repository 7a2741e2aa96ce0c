import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe, Tree } from './install.ts';
import { copyLibraries, runInTree } from './tree.ts';

/** One program serves and checks; under this name it serves (Debian's redis-server is a link to the other name). */
const PROGRAM = 'usr/bin/redis-server';
const SHIPPED_AS = 'usr/bin/redis-check-rdb';

/** What redis-server's dependencies pull in for installing and logging in, none of which the server loads. */
const NOT_LOADED = ['libpam', 'libaudit', 'libsemanage', 'libsepol', 'libdebconfclient', 'libdb5', 'libbsd', 'libmd0'];

/** redis-server, which Debian ships in redis-tools. */
export const redisRecipe: Recipe = {
  name: 'redis',
  revision: 1,
  package: 'redis-server',
  wants: (name) => /^(redis-tools$|lib|zlib1g$)/.test(name) && !NOT_LOADED.some((prefix) => name.startsWith(prefix)),
  assemble: async (from, to, arch) => {
    await mkdir(join(to, 'usr', 'bin'), { recursive: true });
    await copyFile(join(from, SHIPPED_AS), join(to, PROGRAM));
    await copyLibraries({ from, to, arch, programs: [PROGRAM] });
  },
};

/** The command line that runs the tree's redis-server. */
export function redisCommand({ root, arch }: Tree): string[] {
  return runInTree(root, arch, PROGRAM);
}
