import { describe, expect, it } from 'vitest';
import { effectOf } from './effect.ts';
import type { MessageProperties } from '../models/fields/message-properties.ts';

const before: MessageProperties = { folderId: 'inbox', isRead: false, flagStatus: 'notFlagged', categories: ['Blue'] };
const effect = (...actions: Parameters<typeof effectOf>[0]) => effectOf(actions, before, 'archive');

describe('the effect of a rule', () => {
  it('adds up what its actions set, in their order and not in that of the list', () => {
    const moves = [
      { actionType: 'move', toFolder: 'last', order: 2 },
      { actionType: 'markRead', order: 0 },
      { actionType: 'move', toFolder: 'first', order: 1 },
    ] as const;

    expect(effect(...moves)).toEqual({ change: { isRead: true, folderId: 'last' }, stages: false });
  });

  it('of deleting has no folder yet: the message waits first', () => {
    expect(effect({ actionType: 'move', toFolder: 'a' }, { actionType: 'delete' }, { actionType: 'flag' })).toEqual({
      change: { folderId: undefined, flagStatus: 'flagged' },
      stages: true,
    });
  });

  it('of a placement after deleting is that placement', () => {
    expect(effect({ actionType: 'delete' }, { actionType: 'archive' })).toEqual({
      change: { folderId: 'archive' },
      stages: false,
    });
  });

  it('of archiving is nothing in a mailbox without an archive, whatever else the rule does', () => {
    const actions = [{ actionType: 'markRead' }, { actionType: 'archive' }, { actionType: 'flag' }] as const;

    expect(effectOf([...actions], before, undefined)).toEqual({ change: {}, stages: false });
    expect(effectOf([...actions, { actionType: 'delete' }], before, undefined).stages).toBe(true);
  });

  it('of categories adds those that are missing, whatever their letter case', () => {
    const categories = ['blue', 'Red', 'RED'].map((category) => ({ actionType: 'categorize', category }) as const);

    expect(effect(...categories).change).toEqual({ categories: ['Blue', 'Red'] });
  });

  it('of an action that is not complete is nothing', () => {
    expect(effect({ actionType: 'categorize' }, { order: 1 }).change).toEqual({});
  });
});
