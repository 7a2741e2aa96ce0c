import { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import type { StoredRule } from '../rules/stored-rule.ts';
import { actionIdOf, dueMoments, type Moment, momentHolds } from './moments.ts';

const hourMs = 3_600_000;
const receivedAt = Date.parse('2026-05-03T10:00:00Z');

function timed(
  hours: number,
  { from, until }: { readonly from: number; readonly until: number },
  kind: 'after' | 'age' = 'after',
) {
  const row = {
    _id: new Types.ObjectId(),
    userId: new Types.ObjectId(),
    name: `${hours}`,
    isEnabled: true,
    version: 1,
  };
  const stats = { totalExecutions: 0, emailsProcessed: 0 };
  const dates = { createdAt: new Date(), updatedAt: new Date() };
  const rule: StoredRule = { ...row, ...dates, stats, priority: 0, actions: [], scope: 'user' };
  return {
    rule,
    moment: { kind, delayMs: hours * hourMs },
    from: receivedAt + from * hourMs,
    until: receivedAt + until * hourMs,
  };
}

function namesOf(windows: Parameters<typeof dueMoments>[1]): string[][] {
  return dueMoments(receivedAt, windows).map(({ rules }) => [...rules].map(({ name }) => name));
}

describe('the moments of a message', () => {
  it('come in their order, those of one delay at once', () => {
    const period = { from: 0, until: 30 };

    expect(namesOf([timed(24, period), timed(2, period), timed(24, period)])).toEqual([['2'], ['24', '24']]);
    expect(namesOf([timed(24, period), timed(24, period, 'age')])).toEqual([['24'], ['24']]);
  });

  it.each([
    [{ from: 24, until: 30 }, []],
    [{ from: 23.9, until: 30 }, [['24']]],
    [{ from: 0, until: 24 }, [['24']]],
    [{ from: 0, until: 23.9 }, []],
  ])('belong to one period only: %o', (period, names) => {
    expect(namesOf([timed(24, period)])).toEqual(names);
  });

  it.each<[Moment, readonly boolean[]]>([
    [{ kind: 'arrival' }, [true, true, true, true]],
    [{ kind: 'read' }, [false, true, false, false]],
    [{ kind: 'after', delayMs: hourMs }, [true, false, true, true]],
    [{ kind: 'age', delayMs: hourMs }, [true, true, false, false]],
  ])('hold as long as the message is as they want it: %o', (moment, holds) => {
    const plain = { isRead: false, flagStatus: 'notFlagged', categories: [] } as const;
    const messages = [
      plain,
      { ...plain, isRead: true },
      { ...plain, flagStatus: 'flagged' as const },
      { ...plain, categories: ['Blue'] },
    ];

    expect(messages.map((message) => momentHolds(moment, message))).toEqual(holds);
  });

  it('have one action each, whatever the message is called meanwhile', () => {
    const mailboxId = new Types.ObjectId();
    const createdAt = new Date(receivedAt);
    const moments: Moment[] = [
      { kind: 'arrival' },
      { kind: 'read' },
      { kind: 'after', delayMs: hourMs },
      { kind: 'after', delayMs: 2 * hourMs },
      { kind: 'age', delayMs: hourMs },
    ];
    const idsOf = (state: { readonly messageId: string; readonly formerIds?: string[] }) =>
      moments.map((moment) => actionIdOf(mailboxId, { ...state, createdAt }, moment).toHexString());

    expect(new Set(idsOf({ messageId: 'a' })).size).toBe(5);
    expect(idsOf({ messageId: 'b', formerIds: ['a'] })).toEqual(idsOf({ messageId: 'a' }));
    expect(idsOf({ messageId: 'b' })).not.toEqual(idsOf({ messageId: 'a' }));
  });
});
