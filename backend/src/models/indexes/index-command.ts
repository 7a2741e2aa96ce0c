import { parseArgs } from 'node:util';
import { toError } from '../../lib/errors.ts';
import { compareIndexes, type IndexDifference, type IndexedModel } from './index-diff.ts';
import { applyIndexes } from './index-repair.ts';
import { describeIndex } from './index-text.ts';

export const indexUsage = `Usage: npm run db:indexes [-- --apply [--prune]]

Compares the indexes in MongoDB with those of the models. Without options nothing is changed.

  --apply   build what is missing, replace what differs, drop unknown indexes that remove rows (TTL)
  --prune   with --apply: drop every index that no model knows
  --help    show this

Exit code: 0 when they are the same or were repaired, 1 when they differ, 2 when it could not be done.`;

/**
 * Reads the command line.
 * @throws Error that says what is wrong with it, and the usage
 */
export function parseIndexCommand(args: readonly string[]): { apply: boolean; prune: boolean; help: boolean } {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: { apply: flag, prune: flag, help: flag } });
    if (values.prune && !values.apply) throw new Error('--prune needs --apply');
    return values;
  } catch (error) {
    throw new Error(`${toError(error).message}\n\n${indexUsage}`, { cause: error });
  }
}

/**
 * Shows how the indexes in the store differ from those of `models`, or with `apply` repairs them.
 * @returns the exit code: as with diff, a difference that stays is 1
 * @throws IndexBuildError when the store refuses a repair
 */
export async function runIndexCommand(
  models: readonly IndexedModel[],
  { apply, prune, print }: { apply: boolean; prune: boolean; print: (line: string) => void },
): Promise<0 | 1> {
  const lines = (await compareIndexes(models)).flatMap(describeDifference);
  if (lines.length === 0) {
    print('The indexes in MongoDB are those of the models.');
    return 0;
  }
  if (apply) {
    await applyIndexes(models, { prune, print });
    return 0;
  }
  for (const line of lines) print(line);
  print('Nothing was changed; npm run db:indexes -- --apply repairs it.');
  return 1;
}

function describeDifference({ collection, missing, differing, unknown }: IndexDifference): string[] {
  const name = collection.collectionName;
  return [
    ...missing.map((index) => `missing  ${name}.${index.name} ${describeIndex(index)}`),
    ...differing.flatMap(({ wanted, found }) => [
      `differs  ${name}.${found.name} ${describeIndex(found)}`,
      `  should be ${describeIndex(wanted)}`,
    ]),
    ...unknown.map((index) => `unknown  ${name}.${index.name} ${describeIndex(index)}`),
  ];
}
