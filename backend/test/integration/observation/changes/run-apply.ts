import { fileURLToPath } from 'node:url';
import { EJSON } from 'bson';
import { execa } from 'execa';
import type { Observation, ObservedMailbox } from '../../../../src/observation/changes/observation.ts';
import type { Task } from './apply-process.ts';

const program = fileURLToPath(new URL('./apply-process.ts', import.meta.url));

interface Run {
  readonly uri: string;
  readonly mailbox: ObservedMailbox;
  readonly looks: readonly Observation[];
  readonly dieBefore?: number;
}

/**
 * Applies looks in a process of its own.
 * @returns whether it came to its end; it did not when it was killed
 * @throws when it failed otherwise
 */
export async function runApply({ uri, mailbox, looks, dieBefore }: Run): Promise<boolean> {
  const { userId, mailboxId, eventsSince, watchedSince = eventsSince } = mailbox;
  const task: Task = { uri, userId, mailboxId, eventsSince, watchedSince, looks, dieBefore: dieBefore ?? null };
  const result = await execa('node', ['--import', 'tsx', program], {
    input: EJSON.stringify(task, { relaxed: true }),
    reject: false,
  });
  if (result.signal === 'SIGKILL') return false;
  if (result.exitCode !== 0) throw new Error('The process failed', { cause: result.stderr });
  return true;
}
