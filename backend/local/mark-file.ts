import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { z } from 'zod';
import { isAlive, type ProcessMark, processMark, stopProcess } from './process.ts';

/** How the names of files end that name a running store's process. */
export const markFileEnding = '-process.json';

/** Writes a small JSON file in one step: a reader finds the old content or the new, never half of it. */
export function writeJsonFile(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(value));
  renameSync(temporary, path);
}

/** The content of a JSON file; undefined when there is none, or none that fits the schema. */
export function readJsonFile<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

export interface Leftover {
  readonly markFile: string;
  readonly signal: NodeJS.Signals;
  readonly graceMs: number;
}

/** Ends the process that an earlier, killed owner recorded in this file. Returns its mark if it was still running. */
export async function stopLeftover({ markFile, signal, graceMs }: Leftover): Promise<ProcessMark | undefined> {
  const mark = readJsonFile(markFile, processMark);
  const running = mark !== undefined && isAlive(mark) ? mark : undefined;
  if (running !== undefined) await stopProcess(running, signal, graceMs);
  rmSync(markFile, { force: true });
  return running;
}
