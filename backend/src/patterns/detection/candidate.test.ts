import { describe, expect, it } from 'vitest';
import { patternKey, patternTypeOf } from './candidate.ts';
import { actionFollowedBy, followedKey, outcomeKey, type VoteOutcome, type SuggestedAction } from './outcome.ts';

const move = (toFolder: string): SuggestedAction => ({ actionType: 'move', toFolder });
const remove: SuggestedAction = { actionType: 'delete' };

describe('the key of a pattern', () => {
  it('holds its type, action, folder and conditions in a fixed order: stored keys depend on it', () => {
    const condition = { isNewsletter: false, subjectPattern: 'offer', fromFolder: 'lists', senderEmail: 'a@x.example' };

    expect(patternKey(condition, move('bills'))).toBe(
      '["folder-routing","move","bills","a@x.example",null,"lists","offer",false]',
    );
    expect(patternKey({ senderDomain: 'x.example' }, remove)).toBe(
      '["sender","delete",null,null,"x.example",null,null,null]',
    );
  });

  it('has a type by its action alone', () => {
    const others = (['delete', 'archive', 'markRead'] as const).map((actionType) => patternTypeOf({ actionType }));

    expect([patternTypeOf(move('bills')), ...others]).toEqual(['folder-routing', 'sender', 'sender', 'sender']);
  });
});

describe('the action that an outcome follows', () => {
  it.each<[VoteOutcome, SuggestedAction | undefined, string]>([
    ['deleted', remove, 'deleted'],
    ['archived', { actionType: 'archive' }, 'archived'],
    ['cleared', { actionType: 'markRead' }, 'cleared'],
    [{ moved: 'bills' }, move('bills'), 'moved:bills'],
    ['read', undefined, 'read'],
    ['left', undefined, 'left'],
  ])('%o', (outcome, action, key) => {
    expect(actionFollowedBy(outcome)).toEqual(action);
    expect(outcomeKey(outcome)).toBe(key);
    expect(action === undefined ? key : followedKey(action)).toBe(key);
  });
});
