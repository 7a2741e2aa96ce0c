import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { logTail } from '../local/log-tail.ts';
import { backendRoot } from '../local/paths.ts';

export interface MeasuredProcessOptions {
  readonly args: readonly string[];
  /** Standard error goes here, and standard output unless it is read. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  /** True: standard output is a pipe. */
  readonly readOutput?: boolean;
}

/** A Node process that is measured. It is killed when the benchmark ends in any way but by SIGKILL. */
export interface Launched {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly logFile: string;
  /** When it was started, as performance.now(). */
  readonly startedAt: number;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a Node process with NODE_ENV=production and none of this process's own Node options. */
export function launchMeasured({ args, logFile, env = {}, readOutput = false }: MeasuredProcessOptions): Launched {
  const log = openSync(logFile, 'a');
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: backendRoot,
    // as npm start and the image start it
    env: { ...process.env, ...env, NODE_ENV: 'production', NODE_OPTIONS: undefined, MALLOC_ARENA_MAX: '1' },
    stdio: ['ignore', readOutput ? 'pipe' : log, log],
  });
  closeSync(log);
  running.add(child);
  child.once('exit', () => running.delete(child));
  if (child.pid === undefined) throw new Error(`node ${args.join(' ')} could not be started`);
  return { process: child, pid: child.pid, logFile, startedAt };
}

/** Returns whether the process still runs. */
export function isRunning({ process: child }: Launched): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Returns an error that says how the process ended, with the last lines of its log. */
export function describeEnd({ process: child, logFile }: Launched): Error {
  return new Error(`A measured process ended with ${child.signalCode ?? child.exitCode}\n${logTail(logFile)}`);
}

/** Sends SIGTERM and waits for the end. @returns milliseconds from one to the other */
export async function terminate(launched: Launched): Promise<number> {
  if (!isRunning(launched)) throw describeEnd(launched);
  const exited = once(launched.process, 'exit');
  const startedAt = performance.now();
  launched.process.kill('SIGTERM');
  await exited;
  return performance.now() - startedAt;
}
