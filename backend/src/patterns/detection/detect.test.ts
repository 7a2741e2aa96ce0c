import { describe, expect, it } from 'vitest';
import type { PatternCandidate } from './candidate.ts';
import { detectPatterns, type DetectionSettings } from './detect.ts';
import type { VoteOutcome, Vote } from './outcome.ts';

const now = new Date('2026-03-01T12:00:00Z');
const dayMs = 24 * 60 * 60 * 1000;

function settings(changes: Partial<DetectionSettings> = {}): DetectionSettings {
  return {
    now,
    aggressiveness: 'moderate',
    halfLifeDays: 30,
    leastHistoryDays: 14,
    protectionOf: () => 'none',
    isSharedDomain: () => false,
    ...changes,
  };
}

const protectionOf: DetectionSettings['protectionOf'] = ({ email }) =>
  email === 'news@shop.example' ? 'removal' : 'none';
const protectionOfC: DetectionSettings['protectionOf'] = ({ email }) =>
  email === 'c@shop.example' ? 'removal' : 'none';
const before = { at: new Date(now.getTime() - 30 * dayMs) };
let messages = 0;

function vote(outcome: VoteOutcome, changes: Partial<Vote> = {}): Vote {
  messages += 1;
  const at = changes.at ?? new Date(now.getTime() - (2 + (messages % 20)) * dayMs);
  const sender = changes.sender ?? 'news@shop.example';
  return {
    messageId: `m${messages}`,
    outcome,
    at,
    receivedAt: at,
    sender,
    domain: sender.slice(sender.indexOf('@') + 1),
    fromFolder: 'inbox',
    subject: undefined,
    subjectNormalized: undefined,
    isNewsletter: false,
    foundInPlace: false,
    opened: 'no',
    placement: false,
    ...changes,
  };
}

function many(count: number, outcome: VoteOutcome, changes: Partial<Vote> = {}): Vote[] {
  return Array.from({ length: count }, () => vote(outcome, changes));
}

function suggested(votes: readonly Vote[], changes: Partial<DetectionSettings> = {}): PatternCandidate[] {
  return detectPatterns(votes, settings(changes)).filter(({ status }) => status === 'suggested');
}

function confidenceOfGood(votes: readonly Vote[]): number | undefined {
  return detectPatterns(votes, settings({ leastHistoryDays: 0 })).find(
    ({ condition }) => condition.senderEmail === 'good@one.example',
  )?.confidence;
}

function ofDomain({ condition }: PatternCandidate): boolean {
  return condition.senderDomain !== undefined;
}

describe('a pattern of a sender', () => {
  it('is suggested with its numbers, in the fields of a row', () => {
    const [pattern, ...others] = suggested([...many(39, 'deleted'), vote('left')], { halfLifeDays: 1e6 });

    expect(others).toEqual([]);
    expect(pattern).toMatchObject({
      patternType: 'sender',
      condition: { senderEmail: 'news@shop.example' },
      suggestedAction: { actionType: 'delete' },
      sampleSize: 40,
      exceptionCount: 1,
      threshold: 88,
      tier: 'sure',
      blockers: [],
    });
    expect(pattern?.lowerBound).toBeCloseTo(87.12, 1);
    expect(pattern?.confidence).toBeGreaterThan(95.5);
    expect(pattern?.confidence).toBeLessThan(97.5);
  });

  it.each<[VoteOutcome, PatternCandidate['suggestedAction'], PatternCandidate['patternType']]>([
    [{ moved: 'f1' }, { actionType: 'move', toFolder: 'f1' }, 'folder-routing'],
    ['archived', { actionType: 'archive' }, 'sender'],
    ['cleared', { actionType: 'markRead' }, 'sender'],
  ])('whose mail is %o suggests %o', (outcome, suggestedAction, patternType) => {
    expect(suggested(many(30, outcome))).toMatchObject([{ suggestedAction, patternType }]);
  });

  it.each<[string, Vote[], string[]]>([
    ['few messages', many(4, 'deleted'), ['bound']],
    ['many exceptions', [...many(60, 'left', before), ...many(150, 'deleted')], ['bound']],
    ['half of them elsewhere', [...many(30, 'left', before), ...many(50, 'deleted')], ['bound']],
  ])('is only detected of %s', (_name, votes, blockers) => {
    expect(detectPatterns(votes, settings({ leastHistoryDays: 0 }))).toMatchObject([{ status: 'detected', blockers }]);
  });

  it.each<VoteOutcome>(['left', 'read'])('is nothing when the mail is %s', (outcome) => {
    expect(detectPatterns(many(50, outcome), settings())).toEqual([]);
  });

  it('shows the ten newest messages, three of them exceptions if there are', () => {
    const exceptions = many(4, 'left', { at: new Date(now.getTime() - 40 * dayMs) });
    const [pattern] = suggested([...many(200, 'deleted'), ...exceptions]);
    const times = pattern?.evidence.map(({ timestamp }) => timestamp.getTime()) ?? [];

    expect(pattern?.evidence).toHaveLength(10);
    expect(pattern?.evidence.filter(({ isException }) => isException)).toHaveLength(3);
    expect(times).toEqual(times.toSorted((one, two) => two - one));
  });

  it('believes recent behavior more: exceptions of the last days weigh more than old ones', () => {
    const long = many(200, 'deleted', { at: new Date(now.getTime() - 80 * dayMs) });
    const lately = many(12, 'read', { at: new Date(now.getTime() - 4 * dayMs) });
    lately.push(...many(6, 'deleted', { at: new Date(now.getTime() - 3 * dayMs) }));

    expect(suggested([...long, ...lately], { halfLifeDays: 1e6, aggressiveness: 'aggressive' })).toHaveLength(1);
    expect(suggested([...long, ...lately], { aggressiveness: 'aggressive' })).toEqual([]);
  });

  it('takes nothing out of the inbox that comes from somebody the owner writes to, but may mark it as read', () => {
    expect(suggested(many(50, 'deleted'), { protectionOf })).toEqual([]);
    expect(suggested(many(50, { moved: 'f1' }), { protectionOf })).toEqual([]);
    expect(suggested(many(50, 'archived'), { protectionOf })).toEqual([]);
    expect(suggested(many(50, 'cleared'), { protectionOf })).toHaveLength(1);
  });

  it('needs two weeks of history in the mailbox, of whatever sender', () => {
    const recent = many(40, 'deleted', { at: new Date(now.getTime() - 3 * dayMs) });
    const old = vote('left', { sender: 'friend@home.example', at: new Date(now.getTime() - 18 * dayMs) });

    expect(suggested(recent)).toEqual([]);
    expect(suggested([...recent, old])).toHaveLength(1);
  });

  it('is less sure in a mailbox where little is treated so', () => {
    const good = many(8, { moved: 'f1' }, { sender: 'good@one.example' });
    const mixed = Array.from({ length: 30 }, (_, index) =>
      many(2, { moved: 'f1' }, { sender: `s${index}@two${index}.example` }).concat(
        many(12, 'left', { sender: `s${index}@two${index}.example` }),
        many(3, { moved: 'f1' }, { sender: `s${index}@two${index}.example` }),
      ),
    ).flat();

    expect(confidenceOfGood(good)).toBeGreaterThan((confidenceOfGood([...good, ...mixed]) ?? 100) + 3);
  });
});

describe('aggressiveness', () => {
  it('moves the threshold', () => {
    const thresholds = (['conservative', 'moderate', 'aggressive'] as const).map((aggressiveness) =>
      (['deleted', 'archived', 'cleared'] as const).map(
        (outcome) => detectPatterns(many(60, outcome), settings({ aggressiveness }))[0]?.threshold,
      ),
    );

    expect(thresholds).toEqual([
      [90, 82, 77],
      [88, 80, 75],
      [85, 77, 72],
    ]);
  });
});

describe('a part of the mail of a mixed sender', () => {
  it('is suggested by its subject', () => {
    const offers = many(40, 'deleted', { subjectNormalized: 'weekly offers' });
    const invoices = many(40, { moved: 'bills' }, { subjectNormalized: 'your invoice' });

    const conditions = suggested([...offers, ...invoices]).map(({ condition, suggestedAction }) => [
      condition.subjectPattern,
      suggestedAction.actionType,
    ]);

    expect(conditions.toSorted(([one = ''], [two = '']) => one.localeCompare(two))).toEqual([
      ['weekly offers', 'delete'],
      ['your invoice', 'move'],
    ]);
  });

  it('is suggested once, by the condition that catches the most', () => {
    const letters = ['spring', 'summer', 'autumn'].flatMap((subjectNormalized) =>
      many(25, 'deleted', { subjectNormalized, isNewsletter: true }),
    );

    const patterns = suggested([...letters, ...many(40, 'read', { subjectNormalized: 'your order' })]);

    expect(patterns.map(({ condition }) => condition)).toEqual([
      { senderEmail: 'news@shop.example', isNewsletter: true },
    ]);
  });

  it('is suggested by the folder it arrives in', () => {
    const routed = many(40, 'deleted', { fromFolder: 'lists' });

    const patterns = suggested([...routed, ...many(20, 'read')]);

    expect(patterns.map(({ condition }) => condition.fromFolder)).toEqual(['lists']);
  });

  it('is not looked for where the sender is clean as a whole', () => {
    const patterns = suggested([
      ...many(30, 'deleted', { subjectNormalized: 'a' }),
      ...many(30, 'deleted', { subjectNormalized: 'b' }),
    ]);

    expect(patterns.map(({ condition }) => condition)).toEqual([{ senderEmail: 'news@shop.example' }]);
  });
});

describe('a pattern of a domain', () => {
  const addresses = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@shop.example`);
  const fromAll = (count: number): Vote[] => addresses.flatMap((sender) => many(count, 'deleted', { sender }));

  it('is suggested where many senders with little mail have the same habit', () => {
    expect(suggested(fromAll(8)).map(({ condition }) => condition)).toEqual([{ senderDomain: 'shop.example' }]);
  });

  it('replaces those of its senders, which are not suggested twice', () => {
    const patterns = detectPatterns(fromAll(40), settings());

    expect(patterns.filter(({ status }) => status === 'suggested')).toHaveLength(1);
    expect(patterns.filter(({ blockers }) => blockers.includes('covered'))).toHaveLength(addresses.length);
  });

  it('is not one sender’s doing', () => {
    const votes = [
      ...many(200, 'deleted', { sender: 'a@shop.example' }),
      vote('deleted', { sender: 'b@shop.example' }),
    ];

    expect(suggested([...votes, vote('deleted', { sender: 'c@shop.example' })])).toMatchObject([
      { condition: { senderEmail: 'a@shop.example' } },
    ]);
  });

  it('does not exist where a sender contradicts it, or its people have nothing in common', () => {
    const contradicting = many(2, 'read', { sender: 'boss@shop.example' });

    expect(suggested(fromAll(8)).some(ofDomain)).toBe(true);
    expect(suggested([...fromAll(8), ...contradicting]).some(ofDomain)).toBe(false);
    expect(suggested(fromAll(8), { isSharedDomain: () => true }).some(ofDomain)).toBe(false);
  });

  it('does not exist where many strangers sent one message each', () => {
    const names = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'donald', 'tony', 'niklaus', 'john', 'leslie', 'tim'];
    const mail = names.map((name) => vote('archived', { sender: `${name}@provider.example` }));
    const isOne = { aggressiveness: 'aggressive', leastHistoryDays: 0 } as const;

    expect(suggested(mail, isOne)).toEqual([]);
    expect(
      suggested(
        mail.map((one) => ({ ...one, senderName: 'The Shop' })),
        isOne,
      ),
    ).toMatchObject([{ condition: { senderDomain: 'provider.example' } }]);
  });

  it('is never suggested for deletion when one of its senders is protected', () => {
    const conditions = suggested(fromAll(8), { protectionOf: protectionOfC }).map(
      ({ condition }) => condition.senderEmail,
    );

    expect(new Set(conditions)).toEqual(new Set(addresses.filter((address) => address !== 'c@shop.example')));
  });
});
