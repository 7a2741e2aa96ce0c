import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { lastLines } from './log-tail.ts';
import { markFileEnding, stopLeftover } from './mark-file.ts';
import { asPostgresUser, giveToPostgres } from './postgres-user.ts';
import { markOf, stopProcess } from './process.ts';
import { StoreStartError } from './store-process.ts';

/** How long PostgreSQL may take to end its sessions and write what is in memory. */
export const stopGraceMs = 20_000;
const unfinishedPrefix = 'unfinished-';

export interface ClusterOptions {
  /** Command line of initdb, from the unpacked tree. */
  readonly initdb: readonly string[];
  readonly dir: string;
  /** Whether what was acknowledged outlives a crash of the machine. */
  readonly durable: boolean;
}

/** The folder of the database files. */
export function clusterFolder(dir: string): string {
  return join(dir, 'cluster');
}

/** Names the PostgreSQL that runs, or ran, on this folder. */
export function postgresMarkFile(dir: string): string {
  return join(dir, `postgres${markFileEnding}`);
}

/** Ends a PostgreSQL that a killed run left on this folder, and clears its lock file. */
export async function stopLeftoverPostgres(dir: string): Promise<void> {
  await stopLeftover({ markFile: postgresMarkFile(dir), signal: 'SIGINT', graceMs: stopGraceMs });
  const pidFile = join(clusterFolder(dir), 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const mark = markOf(Number(readFileSync(pidFile, 'utf8').split('\n')[0]));
  if (mark !== undefined && commandLine(mark.pid).includes(clusterFolder(dir))) {
    await stopProcess(mark, 'SIGINT', stopGraceMs);
  }
  // PostgreSQL takes any process that was given the same number since then for its own
  rmSync(pidFile, { force: true });
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Makes the database files if there are none: under another name first, so that a cluster folder is always a whole one.
 * Throws StoreStartError with the end of initdb's output.
 */
export async function createCluster({ initdb, dir, durable }: ClusterOptions): Promise<void> {
  const cluster = clusterFolder(dir);
  if (existsSync(cluster)) return;
  // an initdb whose owner was killed may still be writing: it finds its folder gone and fails
  const names = readdirSync(dir).filter((name) => name.startsWith(unfinishedPrefix));
  for (const name of names) rmSync(join(dir, name), { recursive: true, force: true, maxRetries: 5 });
  const unfinished = join(dir, `${unfinishedPrefix}${process.pid}`);
  mkdirSync(unfinished);
  chmodSync(unfinished, 0o700);
  giveToPostgres(unfinished);
  const settings = {
    pgdata: unfinished,
    username: 'postgres',
    auth: 'trust',
    encoding: 'UTF8',
    locale: 'C',
    'locale-provider': 'builtin',
    'builtin-locale': 'C.UTF-8',
    set: 'shared_preload_libraries=pg_cron,pg_documentdb_core,pg_documentdb',
  };
  const options = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  if (!durable) options.push('--no-sync');
  const [program = '', ...args] = [...asPostgresUser([unfinished, ...initdb.slice(0, 1)]), ...initdb, ...options];
  try {
    await execa(program, args, { cwd: dir, all: true, env: { LD_LIBRARY_PATH: undefined, LD_PRELOAD: undefined } });
  } catch (error) {
    const output = error instanceof ExecaError ? (error.all ?? error.shortMessage) : String(error);
    throw new StoreStartError(`initdb failed:\n    ${lastLines(output, 12).join('\n    ')}`, { cause: error });
  }
  renameSync(unfinished, cluster);
}
