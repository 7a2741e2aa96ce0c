import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe, Tree } from './install.ts';
import { copyLibraries, runInTree } from './tree.ts';

/** One program serves and checks; under this name it serves (Debian's redis-server is a link to the other name). */
const programFile = 'usr/bin/redis-server';
const shippedFile = 'usr/bin/redis-check-rdb';

/** What redis-server's dependencies pull in for installing and logging in, none of which the server loads. */
const notLoaded = ['libpam', 'libaudit', 'libsemanage', 'libsepol', 'libdebconfclient', 'libdb5', 'libbsd', 'libmd0'];

/** redis-server, which Debian ships in redis-tools. */
export const redisRecipe: Recipe = {
  name: 'redis',
  revision: 1,
  package: 'redis-server',
  wants: (name) => /^(redis-tools$|lib|zlib1g$)/.test(name) && !notLoaded.some((prefix) => name.startsWith(prefix)),
  assemble: async (from, to, arch) => {
    await mkdir(join(to, 'usr', 'bin'), { recursive: true });
    await copyFile(join(from, shippedFile), join(to, programFile));
    await copyLibraries({ from, to, arch, programs: [programFile] });
  },
};

/** The command line that runs the tree's redis-server. */
export function redisCommand({ root, arch }: Tree): string[] {
  return runInTree(root, arch, programFile);
}
