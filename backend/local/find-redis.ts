import { hasDebianTools, installTree } from './debian/install.ts';
import { redisCommand, redisRecipe } from './debian/redis.ts';
import { findOnPath, givenRedis, type RedisSource, redisAdvice } from './discovery.ts';
import { debianFolder } from './paths.ts';

type Say = (line: string) => void;
type RedisProgram = Extract<RedisSource, { kind: 'redis-server' }>;

/**
 * Finds a Redis: named in the environment, redis-server on PATH, or from Debian's packages. Installs what must be
 * installed. Throws an Error whose message says what to do when nothing can be had.
 */
export async function findRedis(env: NodeJS.ProcessEnv, say: Say): Promise<RedisSource> {
  return givenRedis(env) ?? (await findRedisProgram(env, say));
}

/** As findRedis, for a server to start: what the environment names does not count. */
export async function findRedisProgram(env: NodeJS.ProcessEnv, say: Say): Promise<RedisProgram> {
  const onPath = findOnPath('redis-server', env['PATH']);
  if (onPath !== undefined) return { kind: 'redis-server', command: [onPath], origin: `on PATH (${onPath})` };
  const tree = hasDebianTools(env['PATH']) ? await installTree(redisRecipe, debianFolder, say) : undefined;
  if (tree !== undefined) {
    return { kind: 'redis-server', command: redisCommand(tree), origin: "from Debian's packages" };
  }
  throw new Error(redisAdvice(process.platform));
}
