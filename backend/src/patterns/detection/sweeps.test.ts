import { describe, expect, it } from 'vitest';
import { findSweeps } from './sweeps.ts';

describe('sweeps', () => {
  it('are three messages marked read within ten seconds, in whatever order they are told', () => {
    const isSweep = findSweeps([60_000, 9000, 0, 10_000]);

    expect([0, 9000, 10_000, 60_000].map((at) => isSweep(new Date(at)))).toEqual([true, true, true, false]);
  });

  it('are not two messages, nor three that take longer', () => {
    const isSweep = findSweeps([0, 1, 10_001, 20_000]);

    expect([0, 1, 10_001, 20_000].some((at) => isSweep(new Date(at)))).toBe(false);
  });

  it('go on as long as one message follows another closely', () => {
    const times = [0, 5000, 10_000, 15_000, 20_000];

    expect(times.every((at) => findSweeps(times)(new Date(at)))).toBe(true);
  });
});
