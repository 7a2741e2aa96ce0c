import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIndexes, models } from '../../../../src/models/index.ts';
import { applyObservations } from '../../../../src/observation/changes/apply.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { at, mailboxOf, seen } from './looks.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await connectTestDatabase();
  await buildIndexes(models, recordIndexLog());
});
afterAll(() => database.drop());

/** Keeps the event loop at work, and counts its turns. */
function keepLoopBusy() {
  const state = { turn: 0, isOver: false };
  const spin = async (): Promise<void> => {
    while (!state.isOver) {
      await nextTurn();
      state.turn += 1;
    }
  };
  const spinning = spin();
  return {
    turn: () => state.turn,
    async [Symbol.asyncDispose](): Promise<void> {
      state.isOver = true;
      await spinning;
    },
  };
}

/** Applies arrivals in a mailbox, each in a folder of its own, and tells of each comparison and of the end. */
async function apply(count: number, note: (what: 'compares' | 'is done', folderId?: string) => void): Promise<void> {
  const mailbox = mailboxOf({
    folderKindOf: (folderId) => {
      note('compares', folderId);
      return undefined;
    },
  });
  const looks = Array.from({ length: count }, (_, index) => {
    return seen({ id: `m${index}`, parentFolderId: `folder-${index}` }, at(1));
  });
  await applyObservations(mailbox, looks);
  note('is done');
}

describe('while the event loop is busy', () => {
  it('the mailboxes take turns: a page begins when the one before it is written', async () => {
    await using _loop = keepLoopBusy();
    const steps: string[] = [];
    const applyOf = (name: string) =>
      apply(3, (what) => {
        if (steps.at(-1) !== `${name} ${what}`) steps.push(`${name} ${what}`);
      });

    await Promise.all([applyOf('a'), applyOf('b')]); // asks for the first time how busy the loop is
    await delay(60); // an answer counts for 50 ms
    steps.length = 0;
    await Promise.all([applyOf('a'), applyOf('b'), applyOf('c')]);

    expect(steps).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} compares`, `${name} is done`]));
  });

  it('others get their turn after every fifty comparisons of a page', async () => {
    await using loop = keepLoopBusy();
    const compared = new Map<number, Set<string>>();

    await apply(500, (_what, folderId = '') => {
      compared.set(loop.turn(), (compared.get(loop.turn()) ?? new Set()).add(folderId));
    });

    const sizes = [...compared.values()].map((folders) => folders.size);
    expect(Math.max(...sizes)).toBe(50);
  });
});
