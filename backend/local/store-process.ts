import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { logTail } from './log-tail.ts';
import { writeJsonFile } from './mark-file.ts';
import { markOf, type ProcessMark, stopProcess, waitUntil } from './process.ts';

export interface StoreLaunchOptions {
  readonly name: string;
  /** Program and its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Output goes here; what an earlier run wrote is replaced. */
  readonly logFile: string;
  /** Names the running process, so that a later run can stop it if this one is killed. */
  readonly markFile: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A store's process, started by us and writing to a log file. */
export interface StoreProcess {
  readonly name: string;
  readonly logFile: string;
  readonly mark: ProcessMark;
  /** How it ended ("code 1", "signal SIGKILL"); resolves when it does. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
}

/** A store that did not start: says what was tried and shows the last lines of its log. */
export class StoreStartError extends Error {
  override readonly name = 'StoreStartError';
}

/** Starts a store's process. Throws StoreStartError when the program cannot be run at all. */
export async function launchStore({
  name,
  command,
  cwd,
  logFile,
  markFile,
  env,
}: StoreLaunchOptions): Promise<StoreProcess> {
  const [program = '', ...args] = command;
  const log = openSync(logFile, 'w');
  const child = spawn(program, args, { cwd, env: cleanEnv(env ?? process.env), stdio: ['ignore', log, log] });
  closeSync(log);
  const mark = child.pid === undefined ? undefined : markOf(child.pid);
  if (mark !== undefined) writeJsonFile(markFile, mark);
  let isOver = false;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `code ${code}` : `signal ${signal}`));
  }).then((how) => {
    isOver = true;
    rmSync(markFile, { force: true });
    return how;
  });
  if (mark === undefined) throw new StoreStartError(`${name} cannot be run (${await ended})\n${logTail(logFile)}`);
  return { name, logFile, mark, ended, hasEnded: () => isOver };
}

/** Programs that come with a C library of their own must not be handed the system's by these. */
function cleanEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, LD_LIBRARY_PATH: undefined, LD_PRELOAD: undefined, NODE_OPTIONS: undefined };
}

export interface ReadyOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly isReady: () => boolean | Promise<boolean>;
}

/** Waits until the store answers. Throws StoreStartError with the end of its log when it ends first, or never answers; it is stopped then. */
export async function untilReady(store: StoreProcess, { timeoutMs, signal, isReady }: ReadyOptions): Promise<void> {
  let isReachable = false;
  await waitUntil(
    async () => {
      if (store.hasEnded()) return true;
      isReachable = await isReady();
      return isReachable;
    },
    { timeoutMs, signal },
  );
  if (isReachable && !store.hasEnded()) return;
  const problem = store.hasEnded() ? `ended with ${await store.ended}` : `did not answer within ${timeoutMs / 1000} s`;
  if (!store.hasEnded()) await stopProcess(store.mark, 'SIGTERM', 2_000);
  throw new StoreStartError(`${store.name} did not start: it ${problem}\n${logTail(store.logFile)}`);
}
