import { describe, expect, it } from 'vitest';
import { deterministicId, occasionId } from './deterministic-id.ts';

const first = new Date('2026-03-01T10:00:00.100Z');
const laterInTheSecond = new Date('2026-03-01T10:00:00.900Z');

describe('the id of a row that is written once', () => {
  it('is the same for one time and one subject, and carries the time', () => {
    const id = deterministicId(first, ['rule', 'a']);

    expect(deterministicId(new Date(first), ['rule', 'a'])).toEqual(id);
    expect(deterministicId(first, ['rule', 'b'])).not.toEqual(id);
    expect(id.getTimestamp()).toEqual(new Date('2026-03-01T10:00:00Z'));
  });
});

describe('the id of an occasion', () => {
  it('tells two occasions of one subject within a second apart', () => {
    const id = occasionId(first, ['suspended', 'rule']);

    expect(occasionId(new Date(first), ['suspended', 'rule'])).toEqual(id);
    expect(occasionId(laterInTheSecond, ['suspended', 'rule'])).not.toEqual(id);
  });
});
