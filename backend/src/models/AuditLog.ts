import { model, Schema, type Types } from 'mongoose';
import { signalEntry } from './store/change-signal.ts';
import { documentOptions, type Paths, type Timestamps } from './fields/paths.ts';

export const auditActions = [
  'rule_created',
  'rule_updated',
  'rule_deleted',
  'rule_executed',
  'email_staged',
  'email_found',
  'email_rescued',
  'email_executed',
  'rule_suspended',
  'rule_resumed',
  'rule_accepted',
  'rule_declined',
  'rule_run',
  'rules_reordered',
  'pattern_detected',
  'pattern_suggested',
  'pattern_approved',
  'pattern_rejected',
  'pattern_withdrawn',
  'pattern_reconsidered',
  'pattern_customized',
  'pattern_expired',
  'automation_paused',
  'automation_resumed',
  'undo_action',
  'whitelist_updated',
  'user_invited',
  'user_invitation_withdrawn',
  'user_address_released',
  'user_renamed',
  'user_rebound',
  'user_role_changed',
  'user_deactivated',
  'user_reactivated',
  'account_deleted',
  'mailbox_connected',
  'mailbox_disconnected',
  'mailbox_purged',
  'mailbox_renamed',
  'mailbox_access_changed',
  'mailbox_merged',
  'mailbox_rebound',
] as const;
export const auditTargetTypes = ['email', 'rule', 'pattern', 'settings', 'user', 'mailbox'] as const;

/** An action of a user, or of the service in a user's name. */
export interface IAuditLog extends Timestamps {
  userId: Types.ObjectId;
  mailboxId?: Types.ObjectId;
  action: (typeof auditActions)[number];
  targetType: (typeof auditTargetTypes)[number];
  targetId?: string;
  /** Facts whose fields depend on the action. */
  details?: Record<string, unknown>;
  /** Set while the row is an open intent: see store/intent-log.ts. */
  openSince?: Date;
  undoable: boolean;
  undoneAt?: Date;
  undoneBy?: Types.ObjectId;
}

const schema = new Schema<IAuditLog>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox' },
    action: { type: String, enum: auditActions, required: true },
    targetType: { type: String, enum: auditTargetTypes, required: true },
    targetId: { type: String },
    details: { type: Schema.Types.Mixed },
    openSince: { type: Date },
    undoable: { type: Boolean, default: false },
    undoneAt: { type: Date },
    undoneBy: { type: Schema.Types.ObjectId, ref: 'User' },
  } satisfies Paths<IAuditLog>,
  documentOptions,
);

// The actions of one kind for a user, newest first
schema.index({ userId: 1, action: 1, createdAt: -1 });
// The actions in a mailbox, newest first
schema.index({ userId: 1, mailboxId: 1, createdAt: -1 });
// The actions for a user, newest first
schema.index({ userId: 1, createdAt: -1, _id: -1 });
// The actions of a rule, newest first
schema.index(
  { userId: 1, 'details.ruleId': 1, createdAt: -1, _id: -1 },
  { partialFilterExpression: { 'details.ruleId': { $exists: true } } },
);
// Open intents of a mailbox
schema.index({ mailboxId: 1, openSince: 1 }, { partialFilterExpression: { openSince: { $exists: true } } });
// Open intents of all users
schema.index({ openSince: 1 }, { partialFilterExpression: { openSince: { $exists: true } } });
// The history of one message, rule or pattern
schema.index({ targetType: 1, targetId: 1 });

// Pages are told at once
schema.post('save', (row) => signalEntry(row));
schema.post('insertMany', (rows: readonly IAuditLog[]) => {
  for (const row of rows) signalEntry(row);
});

export const AuditLog = model('AuditLog', schema);
