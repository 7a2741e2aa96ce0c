import { assert, boolean, constantFrom, property, record, subarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applied, isEmpty, remaining } from './message-properties.ts';
import type { MessageProperties } from '../models/fields/message-properties.ts';

const messageProperties = record<MessageProperties>({
  folderId: constantFrom('inbox', 'archive', 'bin'),
  isRead: boolean(),
  flagStatus: constantFrom('notFlagged', 'flagged', 'complete'),
  categories: subarray(['a', 'b']),
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
