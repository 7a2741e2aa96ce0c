import { describe, expect, it } from 'vitest';
import { dayMs } from '../../lib/durations.ts';
import { type VoteContext, type VoteEvent, votesOf } from './votes.ts';

const now = new Date('2026-03-01T12:00:00Z');
const context: VoteContext = {
  now,
  folderKindOf: (folderId) => (folderId === 'bin' ? 'deleted' : 'inbox'),
  blindWindows: [],
};

function event(eventType: VoteEvent['eventType'], days: number, rest: Partial<VoteEvent>): VoteEvent {
  const common = { messageId: 'm1', isRead: false, sender: { email: 'news@example.com' } };
  return { ...common, eventType, timestamp: new Date(now.getTime() - days * dayMs), ...rest };
}

/** Mail of this age in days that was deleted ten days ago, a second apart. */
function swept(count: number, age: number): VoteEvent[] {
  return Array.from({ length: count }, (_, n) => {
    const common = { messageId: `m${n}`, receivedAt: new Date(now.getTime() - (10 + age) * dayMs) };
    return [
      event('arrived', 10 + age, { ...common, toFolder: 'inbox' }),
      event('deleted', 10 - n / 86_400, { ...common, fromFolder: 'inbox', toFolder: 'bin' }),
    ];
  }).flat();
}

describe('what one act did to many messages', () => {
  it('votes with the burst that it was, when the mail was young', () => {
    const bursts = votesOf(swept(5, 3), context).map(({ burst }) => burst);

    expect(bursts).toHaveLength(5);
    expect(new Set(bursts).size).toBe(1);
    expect(bursts).not.toContain(undefined);
    expect(votesOf(swept(4, 3), context).map(({ burst }) => burst)).toEqual(Array(4).fill(undefined));
  });

  it('votes for nothing when the mail was old: retention takes it at an age', () => {
    expect(votesOf(swept(5, 7), context)).toEqual([]);
    expect(votesOf(swept(4, 7), context)).toHaveLength(4);
  });
});
