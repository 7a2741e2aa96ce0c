import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** A process and the moment it started, which tells it from a later one that was given the same id. */
export const processMark = z.object({ pid: z.number().int().positive(), started: z.string() });
export type ProcessMark = z.infer<typeof processMark>;

/** Field 22 of /proc/<pid>/stat, counted from the state, which is field 3 (proc_pid_stat(5)). */
const startTimeAfterName = 22 - 3;

/** The mark of a living process; undefined when there is none by that id, or only a zombie. */
export function markOf(pid: number): ProcessMark | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedElsewhere(pid);
  return started === undefined ? undefined : { pid, started };
}

function startedOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name may hold spaces and brackets, so fields are counted from its last bracket
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isDead = fields[0] === 'Z' || fields[0] === 'X';
    return isDead ? undefined : fields[startTimeAfterName];
  } catch {
    return undefined;
  }
}

function startedElsewhere(pid: number): string | undefined {
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
    return started.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Returns whether the marked process itself is still alive. */
export function isAlive(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.started === mark.started;
}

/** Sends a signal to the marked process, if it still lives. */
export function signalProcess(mark: ProcessMark, signal: NodeJS.Signals): void {
  if (!isAlive(mark)) return;
  try {
    process.kill(mark.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Asks the process to end with `signal`, and kills it when it lives on after `graceMs`. Resolves when it is gone. */
export async function stopProcess(mark: ProcessMark, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  signalProcess(mark, signal);
  if (await waitUntil(() => !isAlive(mark), { timeoutMs: graceMs })) return;
  signalProcess(mark, 'SIGKILL');
  await waitUntil(() => !isAlive(mark), { timeoutMs: 5_000 });
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Waits until the condition holds: true then, false when the time is over or the wait was aborted. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs = 20, signal }: WaitOptions,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (signal?.aborted === true) return false;
    if (await condition()) return true;
    if (Date.now() >= deadline) return false;
    await delay(everyMs);
  }
}
