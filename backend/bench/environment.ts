import { join } from 'node:path';
import { execa } from 'execa';
import mongoose from 'mongoose';
import { backendRoot, localRoot } from '../local/paths.ts';
import { type RunningStores, startStores } from '../local/stores.ts';
import { makeTestDir, removeStaleTestDirs } from '../local/test-dirs.ts';

type Say = (line: string) => void;

/** The environment of all measurements: the built service and yardsticks, stores, and a folder. */
export interface Environment {
  /** Logs and built yardsticks; removed at the end. */
  readonly folder: string;
  readonly redis: RunningStores['redis'];
  /** Returns the URI of a new database, which is dropped at the end. */
  newDatabase(): string;
  /** URI of the database for measurements that need no empty one. */
  readonly mongoUri: string;
  /** Registers a process to be ended before the stores if this process dies. */
  guard(pid: number): void;
  clear(): Promise<void>;
}

/** Builds the service and the yardsticks and starts the stores. Throws an Error that says what did not work. */
export async function setUpEnvironment(say: Say): Promise<Environment> {
  const root = join(localRoot, 'bench');
  await removeStaleTestDirs(root);
  const { dataDir: folder, remove } = await makeTestDir(root);
  try {
    say('Building the service and the yardsticks');
    await build(folder);
    // never a Redis that others use: the service's workers would take their jobs
    const env = { ...process.env, REDIS_HOST: undefined };
    const stores = await startStores({ dataDir: folder, durable: true, env, say });
    return createEnvironment(folder, stores, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function build(folder: string): Promise<void> {
  const options = { cwd: backendRoot, preferLocal: true, all: true } as const;
  await execa('npm', ['run', '--silent', 'build'], options);
  await execa('tsc', ['-p', 'bench/tsconfig.yardsticks.json', '--outDir', yardstickFolder(folder)], options);
}

/** Returns the folder of the built yardsticks. */
export function yardstickFolder(folder: string): string {
  return join(folder, 'yardsticks');
}

function createEnvironment(folder: string, stores: RunningStores, remove: () => Promise<void>): Environment {
  const databases: string[] = [];
  const newDatabase = (): string => {
    const uri = new URL(stores.mongoUri);
    uri.pathname = `/msedb_bench_${process.pid}_${databases.length + 1}`;
    databases.push(uri.href);
    return uri.href;
  };
  return {
    folder,
    redis: stores.redis,
    newDatabase,
    mongoUri: newDatabase(),
    guard: (pid) => stores.guard(pid),
    clear: async () => {
      for (const uri of databases) await dropDatabase(uri);
      await stores.stop();
      await remove();
    },
  };
}

async function dropDatabase(uri: string): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  await connection.dropDatabase();
  await connection.close();
}
