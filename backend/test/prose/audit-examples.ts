import { Types } from 'mongoose';
import { explainEntry } from '../../src/automation/audit/explain.ts';
import type { AuditNames } from '../../src/automation/audit/names.ts';
import type { StoredEntry } from '../../src/automation/audit/queries.ts';
import { auditActions, type auditTargetTypes } from '../../src/models/AuditLog.ts';

const createdAt = new Date('2026-02-01T09:30:00Z');
const names: AuditNames = {
  mailbox: () => 'ada@contoso.example',
  folder: () => 'Reading',
  rule: () => 'News',
  user: () => 'bea@contoso.example',
};
const words = {
  name: 'News',
  conditions: { senderEmail: 'news@example.com' },
  actions: [{ actionType: 'move', toFolder: 'reading' }],
  isEnabled: true,
  version: 3,
};
const details = {
  cause: 'owner',
  ruleId: 'a'.repeat(24),
  ruleName: 'News',
  ruleVersion: 3,
  rule: { name: 'News' },
  numbers: { sampleSize: 40, exceptionCount: 1, confidence: 87.1 },
  messages: 2,
  role: 'user',
  from: 'user',
  to: 'admin',
  reason: 'by_user',
  expiresAt: '2026-02-02T09:30:00.000Z',
  whitelistedSenders: 3,
  whitelistedDomains: 1,
};
const ofMessage = {
  before: { folderId: 'in', isRead: false, flagStatus: 'notFlagged', categories: [] },
  change: { folderId: 'reading', isRead: true },
  result: 'done',
};

/** Explains one entry of each action. @returns one line for each */
export function auditExamples(): readonly string[] {
  return auditActions.map((action) => {
    const targetType = targetTypeOf(action);
    const parts = { email: ofMessage, rule: { before: words, after: { ...words, version: 4 } } };
    const entry: StoredEntry = {
      _id: new Types.ObjectId(),
      userId: new Types.ObjectId(),
      mailboxId: new Types.ObjectId(),
      action,
      targetType,
      targetId: 'b'.repeat(24),
      undoable: targetType === 'email',
      details: { ...details, ...(targetType === 'email' || targetType === 'rule' ? parts[targetType] : {}) },
      createdAt,
      updatedAt: createdAt,
    };
    const { explanation } = explainEntry(entry, names, { now: createdAt.getTime(), undoDays: 30 });
    return `${action}: ${explanation}`;
  });
}

function targetTypeOf(action: StoredEntry['action']): (typeof auditTargetTypes)[number] {
  if (/^email_|^undo_|^rule_executed$/.test(action)) return 'email';
  if (/^rules?_/.test(action)) return 'rule';
  if (action.startsWith('pattern_')) return 'pattern';
  if (/^user_|^account_/.test(action)) return 'user';
  return action.startsWith('mailbox_') ? 'mailbox' : 'settings';
}
