import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VoteOutcome } from './outcome.ts';
import { type VoteContext, type VoteEvent, votesOf } from './votes.ts';

const now = new Date('2026-03-01T12:00:00Z');
const dayMs = 24 * 60 * 60 * 1000;
const kinds = {
  inbox: 'inbox',
  bin: 'deleted',
  archive: 'archive',
  junk: 'junk',
  sent: 'sent',
  hold: 'staging',
} as const;
type FolderKind = (typeof kinds)[keyof typeof kinds];

const context: VoteContext = {
  now,
  folderKindOf: (folderId) => new Map<string, FolderKind>(Object.entries(kinds)).get(folderId),
  blindWindows: [],
};

function daysAgo(days: number): Date {
  return new Date(now.getTime() - days * dayMs);
}

function event(eventType: VoteEvent['eventType'], days: number, rest: Partial<VoteEvent> = {}): VoteEvent {
  const common = { messageId: 'm1', receivedAt: daysAgo(20), isRead: false, sender: { email: 'News@Example.com' } };
  return { ...common, eventType, timestamp: daysAgo(days), ...rest };
}

const movedTo = (toFolder: string, toFolderKind: VoteEvent['toFolderKind']): VoteEvent =>
  event('moved', 18, { fromFolder: 'inbox', toFolder, toFolderKind });
const arrived = event('arrived', 20, { toFolder: 'inbox' });

function outcomes(events: readonly VoteEvent[], changes: Partial<VoteContext> = {}): VoteOutcome[] {
  return votesOf(events, { ...context, ...changes }).map(({ outcome }) => outcome);
}

describe('the vote of a message', () => {
  it.each<[string, VoteEvent[], VoteOutcome]>([
    ['left: it only arrived', [arrived], 'left'],
    ['read: it was opened', [arrived, event('read', 19)], 'read'],
    ['deleted', [arrived, event('deleted', 18, { fromFolder: 'inbox', toFolder: 'bin' })], 'deleted'],
    ['deleted: it is gone', [arrived, event('deleted', 18)], 'deleted'],
    ['moved', [arrived, event('moved', 18, { fromFolder: 'inbox', toFolder: 'work' })], { moved: 'work' }],
    ['moved: to junk', [arrived, event('moved', 18, { toFolder: 'junk' })], { moved: 'junk' }],
    ['archived', [arrived, event('moved', 18, { toFolder: 'archive' })], 'archived'],
    ['deleted last', [arrived, event('moved', 18, { toFolder: 'work' }), event('deleted', 17)], 'deleted'],
    ['fetched back last', [arrived, event('deleted', 18), event('moved', 17, { toFolder: 'work' })], { moved: 'work' }],
    ['put back, unread', [arrived, event('deleted', 18), event('moved', 17, { toFolder: 'inbox' })], 'left'],
    ['moved, and read there', [arrived, event('moved', 18, { toFolder: 'work' }), event('read', 2)], { moved: 'work' }],
    ['left, though flagged', [arrived, event('flagged', 3), event('categorized', 2)], 'left'],
  ])('is %s', (_name, events, outcome) => {
    expect(outcomes(events)).toEqual([outcome]);
    expect(outcomes(events.toReversed())).toEqual([outcome]);
  });

  it.each<[string, VoteEvent[], VoteOutcome[]]>([
    ['an ordinary one, deleted since', [movedTo('bin', 'ordinary')], [{ moved: 'bin' }]],
    ['the archive, and is none now', [movedTo('work', 'archive')], ['archived']],
    ['below Deleted Items, and was restored since', [movedTo('work', 'deleted')], ['deleted']],
    ['the inbox, and is another now', [movedTo('work', 'inbox')], ['left']],
    ['a hidden one', [movedTo('work', 'hidden')], [{ moved: 'work' }]],
    ['the staging folder', [movedTo('work', 'staging')], []],
    ['gone by now', [movedTo('no longer there', 'ordinary')], [{ moved: 'no longer there' }]],
  ])('goes by what the folder was: %s', (_name, events, expected) => {
    expect(outcomes([arrived, ...events])).toEqual(expected);
  });

  it.each(['arrived', 'read', 'deleted'] as const)('is none for an invitation, which its %s shows', (type) => {
    const rows = [arrived, event('read', 19), event('deleted', 18, { toFolder: 'bin' })];
    const marked = rows.map((row) => (row.eventType === type ? { ...row, metadata: { isMeeting: true } } : row));

    expect(outcomes(rows)).toEqual(['deleted']);
    expect(outcomes(marked)).toEqual([]);
  });

  it('is none for an invitation that was only flagged', () => {
    expect(outcomes([arrived, event('flagged', 3, { metadata: { isMeeting: true } })])).toEqual([]);
  });

  it('is none for mail that came into Junk Email: the mail server may have put it there', () => {
    expect(outcomes([event('arrived', 20, { toFolder: 'junk' })])).toEqual([]);
  });

  it.each([
    ['in place', [arrived, event('disappeared', 18)], []],
    ['read', [arrived, event('read', 19), event('disappeared', 18)], []],
    ['filed by its owner', [arrived, event('moved', 19, { toFolder: 'work' }), event('disappeared', 18)], ['work']],
  ])('is not given by a disappearance: %s', (_where, events, targets) => {
    expect(outcomes(events)).toEqual(targets.map((moved) => ({ moved })));
  });

  it.each<[string, FolderKind | undefined, boolean, VoteOutcome[]]>([
    ['inbox', 'inbox', false, ['left']],
    ['inbox', 'inbox', true, ['read']],
    ['bin', 'deleted', true, ['deleted']],
    ['archive', 'archive', true, ['archived']],
    ['work', undefined, false, [{ moved: 'work' }]],
    ['sent', 'sent', true, []],
    ['hold', 'staging', true, []],
  ])('is by where it rests when it was found in kind: %s (%s, read: %s)', (toFolder, _place, isRead, expected) => {
    const votes = votesOf([event('arrived', 20, { toFolder, isRead, metadata: { foundInPlace: true } })], context);

    expect(votes.map(({ outcome }) => outcome)).toEqual(expected);
    expect(votes.every(({ placement, foundInPlace }) => placement && foundInPlace)).toBe(true);
  });

  it('says who it came from in lower case, and where it arrived', () => {
    const [vote] = votesOf([arrived, event('moved', 3, { fromFolder: 'work', toFolder: 'archive' })], context);

    expect(vote).toMatchObject({
      sender: 'news@example.com',
      domain: 'example.com',
      fromFolder: 'inbox',
      at: daysAgo(3),
    });
    expect(vote).toMatchObject({ placement: false, foundInPlace: false, receivedAt: daysAgo(20) });
  });

  it('is not given where an inbox rule of Outlook explains the kind; what is in the inbox needs no explanation', () => {
    const asked: VoteOutcome[] = [];
    const isExplainedByInboxRule: VoteContext['isExplainedByInboxRule'] = ({ outcome }) => {
      asked.push(outcome);
      return true;
    };
    const routed = event('arrived', 20, { messageId: 'm2', toFolder: 'work' });
    const moved = event('arrived', 20, { messageId: 'm3', toFolder: 'inbox' });

    const votes = votesOf([arrived, routed, moved, event('moved', 3, { messageId: 'm3', toFolder: 'work' })], {
      ...context,
      isExplainedByInboxRule,
    });

    expect(votes.map(({ messageId }) => messageId)).toEqual(['m1', 'm3']);
    expect(asked).toEqual([{ moved: 'work' }]);
  });

  it.each([
    ['our rule', { automatedByRule: 'r1', automatedByAction: 'a1' }],
    ['another action of ours', { automatedByAction: 'a1' }],
  ])('is not given by %s, but by the owner who reverses it', (_name, metadata) => {
    const ours = event('deleted', 18, { metadata });

    expect(outcomes([arrived, ours])).toEqual([]);
    expect(outcomes([arrived, event('read', 19, { metadata })])).toEqual([]);
    expect(outcomes([arrived, ours, event('moved', 17, { toFolder: 'inbox', isRead: true })])).toEqual(['read']);
  });

  it('is not given within a blind window', () => {
    const blindWindows = [{ from: daysAgo(19), to: daysAgo(17) }];

    expect(outcomes([arrived, event('deleted', 18)], { blindWindows })).toEqual([]);
    expect(outcomes([arrived, event('deleted', 16)], { blindWindows })).toEqual(['deleted']);
  });

  it.each<[string, VoteEvent[], number]>([
    ['younger than 24 hours', [event('arrived', 0.9, { toFolder: 'inbox', receivedAt: daysAgo(0.9) })], 0],
    ['older than 24 hours', [event('arrived', 1.1, { toFolder: 'inbox', receivedAt: daysAgo(1.1) })], 1],
    ['decided 91 days ago', [event('arrived', 91, { toFolder: 'inbox', receivedAt: daysAgo(91) })], 0],
    ['received 91 days ago and decided since', [event('deleted', 5, { receivedAt: daysAgo(91) })], 1],
    ['without a sender', [event('arrived', 20, { toFolder: 'inbox', sender: undefined })], 0],
    ['of which only reading is known', [event('read', 20)], 0],
  ])('%s: %s', (_name, events, count) => {
    expect(votesOf(events, context)).toHaveLength(count);
  });

  it('is cleared when many were marked read at once', () => {
    const many = ['m1', 'm2', 'm3'].flatMap((messageId) => [
      { ...arrived, messageId },
      event('read', 10, { messageId }),
    ]);

    expect(outcomes(many)).toEqual(['cleared', 'cleared', 'cleared']);
    expect(outcomes(many, { burstOf: () => undefined })).toEqual(['read', 'read', 'read']);
  });
});

describe('votes', () => {
  it('are at most one a message, whatever comes in whatever order', () => {
    const anyEvent = fc
      .record({
        messageId: fc.constantFrom('a', 'b', 'c'),
        eventType: fc.constantFrom<VoteEvent['eventType'][]>('arrived', 'deleted', 'moved', 'read', 'flagged'),
        days: fc.integer({ min: 2, max: 80 }),
        toFolder: fc.constantFrom('inbox', 'bin', 'work'),
      })
      .map(({ eventType, days, ...rest }) => event(eventType, days, rest));
    const rows = fc.uniqueArray(anyEvent, { selector: ({ messageId, timestamp }) => `${messageId} ${+timestamp}` });

    fc.assert(
      fc.property(rows, (events) => {
        const votes = votesOf(events, context).toSorted((one, two) => one.messageId.localeCompare(two.messageId));
        const reversed = votesOf(events.toReversed(), context);

        expect(new Set(votes.map(({ messageId }) => messageId)).size).toBe(votes.length);
        expect(reversed.toSorted((one, two) => one.messageId.localeCompare(two.messageId))).toEqual(votes);
      }),
    );
  });
});

const voteOf = (events: readonly VoteEvent[]) => votesOf(events, context)[0];
const isExplainedByInboxRule = (): boolean => true;

describe('the facts of a vote', () => {
  it('are those of the arrival, with the folder that the message rested in', () => {
    const rest = { subject: 'Week 9', subjectNormalized: 'week', metadata: { isNewsletter: true } };

    expect(voteOf([event('arrived', 20, { toFolder: 'inbox', ...rest }), event('read', 19)])).toMatchObject({
      messageId: 'm1',
      at: daysAgo(19),
      receivedAt: daysAgo(20),
      sender: 'news@example.com',
      domain: 'example.com',
      fromFolder: 'inbox',
      subject: 'Week 9',
      subjectNormalized: 'week',
      isNewsletter: true,
      foundInPlace: false,
      placement: false,
    });
    expect(voteOf([arrived])).toMatchObject({ fromFolder: 'inbox', isNewsletter: false, placement: true });
  });

  it.each<[string, VoteEvent[], string | undefined]>([
    ['left', [arrived], 'inbox'],
    ['read', [arrived, event('read', 19)], 'inbox'],
    ['moved', [arrived, event('moved', 18, { fromFolder: 'junk', toFolder: 'work' })], 'inbox'],
    ['moved, without its arrival', [event('moved', 18, { fromFolder: 'junk', toFolder: 'work' })], 'junk'],
    ['filed on arrival', [event('arrived', 20, { toFolder: 'work' })], undefined],
    ['found in place', [event('arrived', 20, { toFolder: 'inbox', metadata: { foundInPlace: true } })], undefined],
  ])('name the folder that it was in before: %s', (_what, events, fromFolder) => {
    expect(voteOf(events)).toMatchObject({ fromFolder });
  });

  it('take the time of the event for mail without a time of arrival', () => {
    expect(voteOf([event('moved', 18, { toFolder: 'work', receivedAt: undefined })])?.receivedAt).toEqual(daysAgo(18));
  });

  it.each(['drafts', 'outbox'] as const)('are none of mail in %s', (kind) => {
    expect(outcomes([event('arrived', 20, { toFolder: 'own' })], { folderKindOf: () => kind })).toEqual([]);
  });

  it('let the later of two events at the same time decide', () => {
    const both = [event('moved', 18, { toFolder: 'work' }), event('moved', 18, { toFolder: 'home' })];

    expect(outcomes([arrived, ...both])).toEqual([{ moved: 'home' }]);
  });

  it('count only what the owner read as a sweep', () => {
    const ours = { metadata: { automatedByRule: 'rule' } };
    const reads = [0, 1, 2].flatMap((index) => [
      event('arrived', 20, { messageId: `s${index}`, toFolder: 'inbox' }),
      event('read', 19, { messageId: `s${index}`, ...(index === 0 ? {} : ours) }),
    ]);

    expect(outcomes(reads)).toEqual(['read']);
  });

  it('do not depend on inbox rules for mail that was left or read where it arrived', () => {
    expect(outcomes([event('arrived', 20, { toFolder: 'inbox', isRead: true })], { isExplainedByInboxRule })).toEqual([
      'read',
    ]);
    expect(outcomes([event('arrived', 20, { toFolder: 'work' })], { isExplainedByInboxRule })).toEqual([]);
  });

  it('are decided after a day, until the events are forgotten, outside of blind windows with their ends', () => {
    const young = { receivedAt: daysAgo(1), toFolder: 'inbox' };
    const blind = (from: number, to: number) => ({ blindWindows: [{ from: daysAgo(from), to: daysAgo(to) }] });

    expect(outcomes([event('arrived', 1, young)])).toEqual(['left']);
    expect(outcomes([event('arrived', 90, { toFolder: 'inbox', receivedAt: daysAgo(90) })])).toEqual(['left']);
    expect(outcomes([arrived], blind(20, 19))).toEqual([]);
    expect(outcomes([arrived], blind(21, 20))).toEqual([]);
  });
});
