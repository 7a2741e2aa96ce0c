import * as fc from 'fast-check';
import { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { AuditLog } from '../../models/index.ts';
import { explainEntry } from './explain.ts';
import { auditActions, auditTargetTypes } from '../../models/AuditLog.ts';
import type { AuditNames } from './names.ts';
import type { StoredEntry } from './queries.ts';

const createdAt = new Date('2026-02-01T09:30:00Z');
const time = { now: createdAt.getTime() + 60_000, undoDays: 30 };
const folders = new Map([
  ['in', 'Inbox'],
  ['reading', 'Reading'],
]);
const names: AuditNames = {
  mailbox: () => 'ada@contoso.example',
  folder: (_mailboxId, folderId) => folders.get(folderId),
  rule: () => 'News',
  user: () => 'bea@contoso.example',
};
const before = { folderId: 'in', isRead: false, flagStatus: 'notFlagged', categories: [] };
const snapshot = {
  name: 'News',
  conditions: { senderEmail: 'news@example.com' },
  actions: [{ actionType: 'move', toFolder: 'reading' }],
  isEnabled: true,
  version: 2,
};
const byRule = {
  cause: 'rule',
  ruleId: 'a'.repeat(24),
  ruleName: 'News',
  ruleVersion: 3,
  why: 'The rule “News” is about it: it comes from news@example.com.',
  before,
  change: { folderId: 'reading', isRead: true },
  result: 'done',
  finishedAt: '2026-02-01T09:30:01.000Z',
};

function entryOf(fields: Partial<StoredEntry>): StoredEntry {
  return {
    _id: new Types.ObjectId(),
    userId: new Types.ObjectId(),
    mailboxId: new Types.ObjectId(),
    action: 'rule_executed',
    targetType: 'email',
    targetId: 'message-1',
    undoable: false,
    createdAt,
    updatedAt: createdAt,
    ...fields,
  };
}
const explain = (fields: Partial<StoredEntry>): string => explainEntry(entryOf(fields), names, time).explanation;

describe('the explanation of an act', () => {
  it('says which rule, why, what was before and after, and until when it can be undone', () => {
    expect(explain({ details: byRule, undoable: true })).toBe(
      'The rule “News” (version 3) acted on a message. ' +
        'The rule “News” is about it: it comes from news@example.com. ' +
        'Before, the message was in “Inbox”, unread, not flagged and without categories. ' +
        'It was moved to “Reading” and marked as read. ' +
        'It can be undone until 3 March 2026 at 09:30 UTC.',
    );
  });

  it('says that it was undone, and when', () => {
    const undoneAt = new Date('2026-02-02T10:00:00Z');
    const { undo, explanation } = explainEntry(entryOf({ details: byRule, undoable: true, undoneAt }), names, time);

    expect(explanation).toMatch(/ It was undone on 2 February 2026 at 10:00 UTC\.$/);
    expect(undo.possible).toBe(false);
  });

  it('says that it is too late', () => {
    const late = { ...time, now: createdAt.getTime() + 31 * 24 * 60 * 60_000 };
    const { undo, explanation } = explainEntry(entryOf({ details: byRule, undoable: true }), names, late);

    expect(explanation).toMatch(/ It could be undone until 3 March 2026 at 09:30 UTC\.$/);
    expect(undo.possible).toBe(false);
  });

  it('says of one under way what is to be done, and that it cannot be undone yet', () => {
    const { result: _result, finishedAt: _finishedAt, ...open } = byRule;

    expect(explain({ details: open, undoable: true, openSince: createdAt })).toMatch(
      / It is to be moved to “Reading” and marked as read\. This is under way\.$/,
    );
  });

  it.each([
    ['gone', 'It was not done: the message was gone.'],
    ['overtaken', 'It was not done: the owner was faster, and the message was left as they want it.'],
    ['paused', 'It was not done: the automation was paused.'],
    ['failed', 'It could not be done: Microsoft refused it.'],
  ])('says that it ended otherwise than intended: %s', (result, words) => {
    const details = { ...byRule, result, change: {}, intended: { folderId: 'nowhere', categories: ['A', 'B'] } };

    expect(explain({ details })).toContain(
      `${words} It was to be moved to a folder that is not known any more and left with the categories “A” and “B”.`,
    );
  });
});

describe('the explanation of other entries', () => {
  it.each<[string, Partial<StoredEntry>, string]>([
    [
      'a new rule',
      { action: 'rule_created', targetType: 'rule', details: { before: null, after: snapshot, why: 'Made by hand' } },
      'The rule “News” (version 2) was made. It says: Move mail of news@example.com to Reading. Made by hand.',
    ],
    [
      'a rule switched off',
      {
        action: 'rule_updated',
        targetType: 'rule',
        details: { before: snapshot, after: { ...snapshot, isEnabled: false, version: 3, name: 'Newsletters' } },
      },
      'The rule “Newsletters” (version 3) was switched off. It was called “News”. It says: Move mail of news@example.com to Reading.',
    ],
    [
      'an old rule whose form is not known',
      { action: 'rule_updated', targetType: 'rule', targetId: 'b'.repeat(24), details: { before: 1, after: 'x' } },
      'The rule “News” was changed.',
    ],
    [
      'a run',
      { action: 'rule_run', targetType: 'rule', details: { name: 'Letters', ruleVersion: 4, messages: 12 } },
      'The rule “Letters” (version 4) was run over 12 messages.',
    ],
    [
      'an approval',
      {
        action: 'pattern_approved',
        targetType: 'pattern',
        details: {
          why: 'Approved as it was found',
          numbers: { confidence: 80.6, sampleSize: 16, exceptionCount: 0 },
          rule: { name: 'News' },
        },
      },
      'A pattern was approved. 16 of 16 messages followed it: at least 80 % do, with 95 % certainty. Its rule is “News”. Approved as it was found.',
    ],
    [
      'a whitelist',
      { action: 'whitelist_updated', targetType: 'mailbox', details: { whitelistedSenders: 2, whitelistedDomains: 1 } },
      'The whitelist of the mailbox ada@contoso.example was changed. It has 2 addresses and 1 domains now.',
    ],
    [
      'a changed role',
      { action: 'user_role_changed', targetType: 'user', details: { from: 'user', to: 'admin' } },
      'The role of the user bea@contoso.example was changed from user to admin.',
    ],
    [
      'a lost mailbox',
      { action: 'mailbox_disconnected', targetType: 'mailbox', details: { reason: 'sign_in_required' } },
      'The mailbox ada@contoso.example was disconnected: Microsoft asks its owner to sign in again.',
    ],
  ])('tells of %s', (_what, fields, words) => {
    expect(explain(fields)).toBe(words);
  });

  it('tells that the kill switch is about all mailboxes', () => {
    const { mailboxId: _mailboxId, ...entry } = entryOf({ action: 'automation_paused', targetType: 'settings' });

    expect(explainEntry(entry, names, time).explanation).toBe(
      'The automation of all mailboxes was paused: nothing is written to them.',
    );
  });

  it('is there for every action that the audit log knows', () => {
    const known: unknown = AuditLog.schema.path('action').options['enum'];

    expect(new Set(Array.isArray(known) ? known : [])).toEqual(new Set<unknown>(auditActions));
  });

  it('says something of whatever an entry holds', () => {
    const fields = Object.keys({ ...byRule, intended: 0, numbers: 0, rule: 0, expiresAt: 0, after: 0 });
    const value = fc.oneof(fc.anything(), fc.constant(snapshot));
    const details = fc.oneof(
      fc.dictionary(fc.string(), fc.anything()),
      fc.dictionary(fc.constantFrom(...fields), value),
    );
    const entry = fc.record({
      action: fc.constantFrom(...auditActions),
      targetType: fc.constantFrom(...auditTargetTypes),
      details,
    });
    fc.assert(
      fc.property(entry, (given) => {
        expect(explain(given)).toMatch(/^[A-Z].*[.!?]$/su);
      }),
    );
  });
});
