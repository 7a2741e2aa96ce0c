import { assert, boolean, constantFrom, property, record, subarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MessageProperties, propertiesOf } from '../models/fields/message-properties.ts';
import { applied, isEmpty, remaining } from './message-properties.ts';

const messageProperties = record<MessageProperties>({
  folderId: constantFrom('inbox', 'archive', 'bin'),
  isRead: boolean(),
  flagStatus: constantFrom('notFlagged', 'flagged', 'complete'),
  categories: subarray(['a', 'b']),
});

describe("a message's properties, from Graph's answer", () => {
  it.each([
    ['flagged', 'flagged'],
    ['complete', 'complete'],
    ['notFlagged', 'notFlagged'],
    ['someday', 'notFlagged'],
  ])('with the flag %s', (flagStatus, expected) => {
    const answer = {
      id: 'm',
      parentFolderId: 'inbox',
      importance: 'normal',
      isRead: true,
      flag: { flagStatus },
      categories: ['b', 'a'],
    };

    expect(propertiesOf(answer)).toEqual({
      folderId: 'inbox',
      isRead: true,
      flagStatus: expected,
      categories: ['b', 'a'],
    });
  });

  it('are the ordinary ones where Graph says nothing', () => {
    const answer = { id: 'm', parentFolderId: 'inbox', importance: 'normal', categories: [] };

    expect(propertiesOf(answer)).toEqual({
      folderId: 'inbox',
      isRead: false,
      flagStatus: 'notFlagged',
      categories: [],
    });
  });
});

describe('a change of some properties', () => {
  const now: MessageProperties = { folderId: 'inbox', isRead: false, flagStatus: 'notFlagged', categories: ['a', 'b'] };

  it('says nothing of the others', () => {
    expect(remaining({ isRead: true }, now)).toEqual({ isRead: true });
    expect(remaining({ folderId: 'bin', flagStatus: undefined }, now)).toEqual({ folderId: 'bin' });
    expect(applied({ isRead: true, folderId: 'bin' }, now, { ...now, isRead: true })).toEqual({ isRead: true });
    expect(isEmpty({ isRead: false })).toBe(false);
  });

  it('keeps the order of categories', () => {
    expect(remaining({ categories: ['b', 'a'] }, now)).toEqual({ categories: ['b', 'a'] });
    expect(remaining({ categories: ['a', 'b'] }, now)).toEqual({});
  });
});

describe('what remains of a change', () => {
  it('is nothing once it is so, and all of it sets what it says', () => {
    assert(
      property(messageProperties, messageProperties, (now, wanted) => {
        const left = remaining(wanted, now);
        expect({ ...now, ...left }).toEqual(wanted);
        expect(isEmpty(remaining(wanted, wanted))).toBe(true);
        expect(isEmpty(left)).toBe(JSON.stringify(now) === JSON.stringify(wanted));
      }),
    );
  });

  it('and what was applied of it are the whole, and never the same', () => {
    assert(
      property(messageProperties, messageProperties, messageProperties, (before, wanted, now) => {
        const change = remaining(wanted, before);
        const [done, left] = [applied(change, before, now), remaining(change, now)];
        expect({ ...done, ...left }).toEqual(change);
        expect(Object.keys(done).filter((field) => field in left)).toEqual([]);
      }),
    );
  });
});
