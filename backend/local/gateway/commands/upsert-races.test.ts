import { describe, expect, it } from 'vitest';
import { repeatLostUpserts } from './upsert-races.ts';

const duplicateKeyCode = 11_000;
const upsert = (q: string) => ({ q, upsert: true });
const operations = [upsert('a'), upsert('b'), { q: 'c' }, upsert('d')];

/** Answers each run with the next of `replies`, and notes what was run. */
function server(...replies: Record<string, unknown>[]) {
  const runs: unknown[][] = [];
  const run = (updates: Record<string, unknown>[]) => {
    runs.push(updates.map(({ q }) => q));
    return Promise.resolve(replies[runs.length - 1] ?? {});
  };
  return { runs, run };
}

describe('repeatLostUpserts', () => {
  it('repeats only the lost upserts of an unordered batch', async () => {
    const writeErrors = [
      { index: 1, code: duplicateKeyCode },
      { index: 2, code: duplicateKeyCode },
      { index: 3, code: 121 },
    ];
    const reply = { ok: 1, n: 1, nModified: 0, upserted: [{ index: 0, _id: 'A' }], writeErrors };
    const { run, runs } = server({ ok: 1, n: 1, nModified: 1 });

    const merged = await repeatLostUpserts({ reply, operations, ordered: false, run });

    expect(runs).toEqual([['b']]);
    expect(merged).toEqual({
      ok: 1,
      n: 2,
      nModified: 1,
      upserted: [{ index: 0, _id: 'A' }],
      writeErrors: [
        { index: 2, code: duplicateKeyCode },
        { index: 3, code: 121 },
      ],
    });
  });

  it('goes on behind the lost upsert of an ordered batch', async () => {
    const reply = { ok: 1, n: 1, nModified: 1, writeErrors: [{ index: 1, code: duplicateKeyCode }] };
    const { run, runs } = server({ ok: 1, n: 3, nModified: 2, upserted: [{ index: 2, _id: 'D' }] });

    const merged = await repeatLostUpserts({ reply, operations, ordered: true, run });

    expect(runs).toEqual([['b', 'c', 'd']]);
    expect(merged).toEqual({ ok: 1, n: 4, nModified: 3, upserted: [{ index: 3, _id: 'D' }] });
  });

  it('gives up after three rounds', async () => {
    const lost = { ok: 1, n: 0, nModified: 0, writeErrors: [{ index: 0, code: duplicateKeyCode }] };
    const { run, runs } = server(lost, lost, lost, lost);

    const merged = await repeatLostUpserts({ reply: lost, operations: [upsert('a')], ordered: true, run });

    expect(runs).toHaveLength(3);
    expect(merged).toMatchObject({ n: 0, writeErrors: [{ index: 0, code: duplicateKeyCode }] });
  });
});
