import { describe, expect, it } from 'vitest';
import type { InboxRule } from '../../models/fields/owner-habits.ts';
import type { VoteOutcome, Vote } from '../detection/outcome.ts';
import { explainedBy } from './inbox-rules.ts';

const vote: Vote = {
  messageId: 'm',
  outcome: { moved: 'letters' },
  at: new Date(0),
  receivedAt: new Date(0),
  sender: 'news@letters.example',
  domain: 'letters.example',
  fromFolder: undefined,
  subject: 'Your weekly Digest',
  subjectNormalized: 'your weekly digest',
  isNewsletter: true,
  foundInPlace: true,
  opened: 'unknown',
  placement: true,
};
const places: Readonly<Record<string, 'archive' | 'deleted'>> = { filed: 'archive', bin: 'deleted' };
const rule = (fields: Partial<InboxRule>): InboxRule => ({
  isEnabled: true,
  conditions: {},
  actions: { moveToFolder: 'letters' },
  ...fields,
});
const explains = (fields: Partial<InboxRule>, outcome: VoteOutcome = vote.outcome) =>
  explainedBy([rule(fields)], (id) => places[id])({ ...vote, outcome });
const from = (address: string) => ({ fromAddresses: [{ emailAddress: { name: 'N', address } }] });

describe('where a message rests', () => {
  it.each<[string, Partial<InboxRule>, boolean]>([
    ['a rule for all mail', {}, true],
    ['a rule for this address', { conditions: from('News@Letters.example') }, true],
    ['a rule for another address', { conditions: from('x@letters.example') }, false],
    ['a part of the sender', { conditions: { senderContains: ['nobody', 'LETTERS'] } }, true],
    ['a part of another sender', { conditions: { senderContains: ['nobody'] } }, false],
    ['a part of the subject', { conditions: { subjectContains: ['digest'] } }, true],
    ['a part of another subject', { conditions: { subjectContains: ['invoice'] } }, false],
    ['several conditions', { conditions: { ...from(vote.sender), subjectContains: ['weekly'] } }, true],
    ['several, of which one is not met', { conditions: { ...from(vote.sender), subjectContains: ['x'] } }, false],
    ['a condition that cannot be checked', { conditions: { headerContains: ['List-Id: x'] } }, true],
    ['no conditions at all', { conditions: null }, true],
    ['a rule that is switched off', { isEnabled: false }, false],
    ['a rule for another folder', { actions: { moveToFolder: 'other' } }, false],
    ['a rule that moves nothing', { actions: { markAsRead: true } }, false],
    ['a rule of a form that is not known', { actions: { moveToFolder: 5 } }, false],
  ])('is explained or not by %s', (_name, fields, expected) => {
    expect(explains(fields)).toBe(expected);
  });

  it.each<[VoteOutcome, Readonly<Record<string, unknown>>, boolean]>([
    ['deleted', { delete: true }, true],
    ['deleted', { moveToFolder: 'bin' }, true],
    ['archived', { moveToFolder: 'filed' }, true],
    ['archived', { delete: true }, false],
    [{ moved: 'other' }, { moveToFolder: 'letters' }, false],
  ])('as %j is explained by what a rule does: %j', (outcome, actions, expected) => {
    expect(explains({ actions }, outcome)).toBe(expected);
  });
});
