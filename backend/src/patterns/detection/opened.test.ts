import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../lib/durations.ts';
import { buildVote, buildVotes } from '../../../test/factories/vote.ts';
import { type DetectionSettings, detectPatterns } from './detect.ts';
import type { Opened } from './opened.ts';
import type { Vote } from './outcome.ts';
import { type VoteContext, type VoteEvent, votesOf } from './votes.ts';

const now = new Date('2026-03-01T12:00:00Z');
const receivedAt = new Date('2026-02-20T12:00:00Z');
const context: VoteContext = {
  now,
  folderKindOf: (id) => (id === 'inbox' || id === 'deleted' ? id : undefined),
  blindWindows: [],
};

/** @param afterMs milliseconds after the arrival */
function event(eventType: VoteEvent['eventType'], afterMs: number, fields: Partial<VoteEvent> = {}): VoteEvent {
  const timestamp = new Date(receivedAt.getTime() + afterMs);
  const common = { messageId: 'm1', receivedAt, isRead: false, sender: { email: 'codes@login.example' } };
  return { ...common, eventType, timestamp, ...fields };
}
const arrived = (fields: Partial<VoteEvent> = {}) => event('arrived', 0, { toFolder: 'inbox', ...fields });
const read = (afterMs: number, fields: Partial<VoteEvent> = {}) => event('read', afterMs, { isRead: true, ...fields });
const deleted = (afterMs: number, isRead = true) =>
  event('deleted', afterMs, { fromFolder: 'inbox', toFolder: 'deleted', isRead });
const sweep: VoteContext['burstOf'] = ({ eventType }) => (eventType === 'read' ? 'sweep' : undefined);
const foundInPlace = { foundInPlace: true };

describe('whether a message was opened before it was put away', () => {
  it.each<[string, VoteEvent[], Opened]>([
    ['no: it was never read', [arrived(), deleted(minuteMs, false)], 'no'],
    ['yes: it was read a minute before', [arrived(), read(minuteMs), deleted(2 * minuteMs)], 'yes'],
    ['no: it became read as it was selected', [arrived(), read(minuteMs), deleted(minuteMs + 10 * secondMs)], 'no'],
    ['yes: eleven seconds are a look', [arrived(), read(minuteMs), deleted(minuteMs + 11 * secondMs)], 'yes'],
    ['unknown: one look saw both', [arrived(), read(minuteMs), deleted(minuteMs)], 'unknown'],
    ['no: it was read after that', [arrived(), deleted(minuteMs, false), read(2 * minuteMs)], 'no'],
    ['yes: it had been read when it was first seen', [arrived({ isRead: true }), deleted(minuteMs)], 'yes'],
    ['yes: it was read twice', [arrived(), read(minuteMs, { occurrences: 2 }), deleted(minuteMs + secondMs)], 'yes'],
    ['unknown: nobody saw it become read', [arrived(), deleted(minuteMs)], 'unknown'],
    [
      'no: a rule marked it',
      [arrived(), read(1, { metadata: { automatedByRule: 'r' } }), deleted(minuteMs, false)],
      'no',
    ],
    ['no: it was found unread where it is', [arrived({ toFolder: 'deleted', metadata: foundInPlace })], 'no'],
    ['unknown: it was found read', [arrived({ toFolder: 'deleted', isRead: true, metadata: foundInPlace })], 'unknown'],
    ['yes: it was read and stayed', [arrived(), read(minuteMs)], 'yes'],
    ['no: it was left', [arrived()], 'no'],
  ])('is %s', (_name, events, opened) => {
    expect(votesOf(events, context).map((vote) => vote.opened)).toEqual([opened]);
    expect(votesOf(events.toReversed(), context).map((vote) => vote.opened)).toEqual([opened]);
  });

  it('is no for what was marked read together with others', () => {
    expect(votesOf([arrived(), read(minuteMs), deleted(2 * minuteMs)], { ...context, burstOf: sweep })).toMatchObject([
      { outcome: 'deleted', opened: 'no' },
    ]);
  });
});

describe('a habit to put mail away after it was opened', () => {
  const settings: DetectionSettings = {
    now,
    aggressiveness: 'moderate',
    halfLifeDays: 30,
    leastHistoryDays: 0,
    protectionOf: () => 'none',
    isSharedDomain: () => false,
  };
  const codes = (votes: readonly Vote[]) =>
    detectPatterns(votes, settings).filter(({ trigger }) => trigger === undefined);

  it.each(['deleted', 'archived', { moved: 'projects' }] as const)('is no suggestion for arrival: %o', (outcome) => {
    expect(codes(buildVotes(40, outcome, { opened: 'yes' }))).toMatchObject([
      { status: 'detected', blockers: ['opened'], sampleSize: 40, exceptionCount: 0, openedCount: 40 },
    ]);
  });

  it('is none either where nothing tells if they were', () => {
    expect(codes(buildVotes(40, 'deleted', { opened: 'unknown' }))).toMatchObject([
      { status: 'detected', blockers: ['opened'], openedCount: 0, openedUnknownCount: 40 },
    ]);
  });

  it('does not outweigh a habit to do so unopened', () => {
    const votes = [...buildVotes(97, 'deleted'), ...buildVotes(3, 'deleted', { opened: 'yes' })];

    expect(codes(votes)).toMatchObject([{ status: 'suggested', blockers: [], openedCount: 3 }]);
  });

  it('does, where more than one in eight was opened', () => {
    const votes = [...buildVotes(85, 'deleted'), ...buildVotes(15, 'deleted', { opened: 'yes' })];

    expect(codes(votes)).toMatchObject([{ status: 'detected', blockers: ['opened'], openedCount: 15 }]);
  });

  it('counts a burst once over all senders of a domain', () => {
    const votes = ['a', 'b', 'c'].flatMap((name) =>
      Array.from({ length: 10 }, (_one, index) =>
        buildVote('deleted', { sender: `${name}@shop.example`, opened: 'yes', burst: `burst ${index}` }),
      ),
    );

    const ofDomain = codes(votes).find(({ condition }) => condition.senderDomain !== undefined);

    expect(ofDomain).toMatchObject({ sampleSize: 10, openedCount: 10 });
  });
});
