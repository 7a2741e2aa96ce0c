import { describe, expect, it } from 'vitest';
import { GroupCommit } from './group-commit.ts';

/** Work that ends when it is told to, and what it was given each time. */
function heldWork() {
  const groups: (readonly string[])[] = [];
  const ends: { readonly resolve: () => void; readonly reject: (reason: Error) => void }[] = [];
  const commits = new GroupCommit<string>((items) => {
    groups.push(items);
    return new Promise((resolve, reject) => ends.push({ resolve, reject }));
  }, 2);
  return { groups, ends, commits };
}

describe('a group commit', () => {
  it('begins at once, and does together what comes meanwhile, so many at a time', async () => {
    const { groups, ends, commits } = heldWork();

    const first = commits.add('a');
    await expect.poll(() => groups).toEqual([['a']]);
    const others = ['b', 'c', 'd'].map((item) => commits.add(item));
    ends[0]?.resolve();
    await first;
    await expect.poll(() => groups).toEqual([['a'], ['b', 'c']]);
    ends[1]?.resolve();
    await expect.poll(() => groups).toEqual([['a'], ['b', 'c'], ['d']]);
    ends[2]?.resolve();

    await expect(Promise.all(others)).resolves.toEqual([undefined, undefined, undefined]);
  });

  it('fails those it was done for, and nobody after them', async () => {
    const { ends, commits } = heldWork();

    const outcomes = Promise.allSettled([commits.add('a')]);
    await expect.poll(() => ends.length).toBe(1);
    const next = commits.add('b');
    ends[0]?.reject(new Error('the store is full'));
    await expect.poll(() => ends.length).toBe(2);
    ends[1]?.resolve();

    await expect(next).resolves.toBeUndefined();
    expect(await outcomes).toMatchObject([{ status: 'rejected', reason: { message: 'the store is full' } }]);
  });
});
