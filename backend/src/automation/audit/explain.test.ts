import * as fc from 'fast-check';
import { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { dayMs } from '../../lib/durations.ts';
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
  why: 'The rule “News” matches the message: it was sent by news@example.com.',
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

const otherEntries: Partial<StoredEntry>[] = [
  { action: 'rule_created', targetType: 'rule', details: { before: null, after: snapshot, why: 'Made by hand' } },
  {
    action: 'rule_updated',
    targetType: 'rule',
    details: { before: snapshot, after: { ...snapshot, isEnabled: false, version: 3, name: 'Newsletters' } },
  },
  { action: 'rule_updated', targetType: 'rule', targetId: 'b'.repeat(24), details: { before: 1, after: 'x' } },
  { action: 'rule_run', targetType: 'rule', details: { name: 'Letters', ruleVersion: 4, messages: 12 } },
  {
    action: 'pattern_approved',
    targetType: 'pattern',
    details: {
      why: 'Approved as it was found',
      numbers: { confidence: 80.6, sampleSize: 16, exceptionCount: 0 },
      rule: { name: 'News' },
    },
  },
  { action: 'whitelist_updated', targetType: 'mailbox', details: { whitelistedSenders: 2, whitelistedDomains: 1 } },
  { action: 'user_role_changed', targetType: 'user', details: { from: 'user', to: 'admin' } },
  { action: 'mailbox_disconnected', targetType: 'mailbox', details: { reason: 'sign_in_required' } },
  ...(
    [
      'rules_reordered',
      'rule_suspended',
      'pattern_withdrawn',
      'pattern_reconsidered',
      'user_deactivated',
      'account_deleted',
    ] as const
  ).map((action) => ({ action, targetType: 'user' as const })),
];

describe('the undo state of an entry', () => {
  it.each<[string, Partial<StoredEntry>, number, boolean]>([
    ['that can be undone', {}, 1, true],
    ['that was undone', { undoneAt: new Date('2026-02-02T10:00:00Z') }, 1, false],
    ['whose undo period has expired', {}, 31, false],
  ])('of an act %s', (_which, fields, days, possible) => {
    const entry = entryOf({ details: byRule, undoable: true, ...fields });
    const { undo } = explainEntry(entry, names, { ...time, now: createdAt.getTime() + days * dayMs });

    expect(undo).toEqual({ possible, until: new Date('2026-03-03T09:30:00Z') });
  });

  it.each<[string, Partial<StoredEntry>]>([
    ['that is in progress', { undoable: true, openSince: createdAt }],
    ['that cannot be undone', { undoable: false }],
  ])('of an act %s', (_which, fields) => {
    const { undo } = explainEntry(entryOf({ details: byRule, ...fields }), names, time);

    expect(undo).toEqual({ possible: false, until: undefined });
  });
});

describe('an explanation', () => {
  it('names the rule, the folders and what was changed', () => {
    const explanation = explain({ details: byRule, undoable: true });

    for (const fact of ['“News” (version 3)', byRule.why, '“Inbox”', '“Reading”', '3 March 2026 at 09:30 UTC']) {
      expect(explanation).toContain(fact);
    }
  });

  it('reads like this', () => {
    const open = { ...byRule, result: undefined, finishedAt: undefined };
    const intended = { ...byRule, change: {}, intended: { folderId: 'nowhere', categories: ['A', 'B'] } };
    const late = { ...time, now: createdAt.getTime() + 31 * dayMs };
    const acts = [
      explain({ details: byRule, undoable: true }),
      explain({ details: byRule, undoable: true, undoneAt: new Date('2026-02-02T10:00:00Z') }),
      explainEntry(entryOf({ details: byRule, undoable: true }), names, late).explanation,
      explain({ details: open, undoable: true, openSince: createdAt }),
      ...['gone', 'overtaken', 'paused', 'failed'].map((result) => explain({ details: { ...intended, result } })),
    ];

    expect(`\n${acts.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      The rule “News” (version 3) acted on a message. The rule “News” matches the message: it was sent by news@example.com. Before, the message was in “Inbox”, unread, not flagged and without categories. It was moved to “Reading” and marked as read. It can be undone until 3 March 2026 at 09:30 UTC.
      The rule “News” (version 3) acted on a message. The rule “News” matches the message: it was sent by news@example.com. Before, the message was in “Inbox”, unread, not flagged and without categories. It was moved to “Reading” and marked as read. It was undone on 2 February 2026 at 10:00 UTC.
      The rule “News” (version 3) acted on a message. The rule “News” matches the message: it was sent by news@example.com. Before, the message was in “Inbox”, unread, not flagged and without categories. It was moved to “Reading” and marked as read. It could be undone until 3 March 2026 at 09:30 UTC.
      The rule “News” (version 3) acted on a message. The rule “News” matches the message: it was sent by news@example.com. Before, the message was in “Inbox”, unread, not flagged and without categories. It will be moved to “Reading” and marked as read. This is in progress.
      The rule “News” (version 3) acted on a message. The rule “News” matches the message: it was sent by news@example.com. Before, the message was in “Inbox”, unread, not flagged and without categories. It was not done: the message no longer exists. It would have been moved to an unknown folder and left with the categories “A” and “B”.
      The rule “News” (version 3) acted on a message. The rule “News” matches the message: it was sent by news@example.com. Before, the message was in “Inbox”, unread, not flagged and without categories. It was not done: the owner had already changed the message, so it was left alone. It would have been moved to an unknown folder and left with the categories “A” and “B”.
      The rule “News” (version 3) acted on a message. The rule “News” matches the message: it was sent by news@example.com. Before, the message was in “Inbox”, unread, not flagged and without categories. It was not done: automation was paused. It would have been moved to an unknown folder and left with the categories “A” and “B”.
      The rule “News” (version 3) acted on a message. The rule “News” matches the message: it was sent by news@example.com. Before, the message was in “Inbox”, unread, not flagged and without categories. It could not be done: Microsoft refused it. It would have been moved to an unknown folder and left with the categories “A” and “B”.
      "
    `);
  });

  it('of other entries reads like this', () => {
    const { mailboxId: _mailboxId, ...ofAllMailboxes } = entryOf({
      action: 'automation_paused',
      targetType: 'settings',
    });
    const explanations = [
      ...otherEntries.map((fields) => explain(fields)),
      explainEntry(ofAllMailboxes, names, time).explanation,
      ...['owner', 'moved_by_owner', 'rule_off', 'whitelisted', 'mailbox_left', 'look_only', 'undone'].map((cause) =>
        explain({ action: 'email_rescued', details: { cause } }),
      ),
    ];

    expect(`\n${explanations.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      The rule “News” (version 2) was created. Definition: Move mail of news@example.com to Reading. Made by hand.
      The rule “Newsletters” (version 3) was switched off. Its previous name was “News”. Definition: Move mail of news@example.com to Reading.
      The rule “News” was changed.
      The rule “Letters” (version 4) was applied to 12 existing messages.
      A pattern was approved. 16 of 16 messages followed it; the lower bound of the rate is 80 % at 95 % confidence. This created the rule “News”. Approved as it was found.
      The whitelist of the mailbox ada@contoso.example was changed. It now has 2 addresses and 1 domain.
      The role of the user bea@contoso.example was changed from user to admin.
      The mailbox ada@contoso.example was disconnected: Microsoft requires its owner to sign in again.
      The order of the rules of the mailbox ada@contoso.example was changed.
      A rule was suspended.
      The approval of a pattern was withdrawn, and its rule is no longer active.
      The rejection of a pattern was taken back: it is a suggestion again.
      The user bea@contoso.example was deactivated: they cannot sign in, and their mailboxes are not processed.
      An account and all its data were deleted.
      Automation of all mailboxes was paused: MSEDB changes nothing in them.
      A staged message was rescued at its owner's request.
      A staged message was rescued: its owner moved it out of the staging folder.
      A staged message was rescued because its rule was switched off, deleted, declined or not accepted.
      A staged message was rescued because its sender is on a whitelist now.
      A staged message was rescued because its mailbox was being disconnected.
      A staged message was rescued because MSEDB was to change nothing in its mailbox any more.
      A staged message was rescued because its staging was undone.
      "
    `);
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
