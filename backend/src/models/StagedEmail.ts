import { model, Schema, type Types } from 'mongoose';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

const statuses = ['staged', 'executing', 'executed', 'rescuing', 'rescued', 'expired'] as const;
/** The message is still ours to bring to an end. */
const openStatuses = ['staged', 'executing', 'rescuing'] satisfies (typeof statuses)[number][];
const finalStatuses = ['executed', 'rescued', 'expired'] satisfies (typeof statuses)[number][];

interface IStagedAction {
  actionType?: string;
  /** Folder id. */
  toFolder?: string;
}

/** Why a message is taken back: by its owner's word, or because what had put it there holds no longer. */
const rescueReasons = ['owner', 'moved_by_owner', 'rule_off', 'whitelisted', 'mailbox_left', 'undone'] as const;

/** What keeps a message from being brought to its end. */
interface IStagingFault {
  /** How often it was tried in vain. */
  count: number;
  /** The last failure in words; no address and no subject. */
  message: string;
  at: Date;
}

/** A message that waits 24 hours before a destructive action, so that its owner can rescue it. */
export interface IStagedEmail extends Timestamps {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  ruleId: Types.ObjectId;
  /** Graph's immutable message id. */
  messageId: string;
  /** Id of the folder the message came from. */
  originalFolder: string;
  stagedAt: Date;
  /** 24 hours after `stagedAt`. */
  expiresAt: Date;
  /** `executing` and `rescuing` are claims: whoever set one brings it to its end, or whoever finds it left behind. */
  status: (typeof statuses)[number];
  actions: IStagedAction[];
  executedAt?: Date;
  rescuedAt?: Date;
  /** The entry of the audit log that says what it was before, and why it was staged. */
  auditId: Types.ObjectId;
  rescueReason?: (typeof rescueReasons)[number];
  fault?: IStagingFault;
  /** After a failure: not to be tried again before this. */
  nextTryAt?: Date;
}

const actionSchema = new Schema<IStagedAction>(
  {
    actionType: { type: String },
    toFolder: { type: String },
  } satisfies Paths<IStagedAction>,
  groupOptions,
);

const faultSchema = new Schema<IStagingFault>(
  {
    count: { type: Number, required: true },
    message: { type: String, required: true },
    at: { type: Date, required: true },
  } satisfies Paths<IStagingFault>,
  groupOptions,
);

const schema = new Schema<IStagedEmail>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox', required: true },
    ruleId: { type: Schema.Types.ObjectId, ref: 'Rule', required: true },
    messageId: { type: String, required: true },
    originalFolder: { type: String, required: true },
    stagedAt: { type: Date, default: () => new Date() },
    expiresAt: { type: Date, required: true },
    status: { type: String, enum: statuses, default: 'staged' },
    actions: { type: [actionSchema] },
    executedAt: { type: Date },
    rescuedAt: { type: Date },
    auditId: { type: Schema.Types.ObjectId, ref: 'AuditLog', required: true },
    rescueReason: { type: String, enum: rescueReasons },
    fault: { type: faultSchema },
    nextTryAt: { type: Date },
  } satisfies Paths<IStagedEmail>,
  documentOptions,
);

// What of a user is staged and what of it is due
schema.index({ userId: 1, status: 1, expiresAt: 1 });
// What of a mailbox is to be brought to its end, the oldest first
schema.index({ mailboxId: 1, status: 1, expiresAt: 1 });
// What a rule has staged, when the rule is switched off
schema.index({ ruleId: 1, status: 1 });
// A message is staged once at a time
schema.index(
  { mailboxId: 1, messageId: 1 },
  { unique: true, partialFilterExpression: { status: { $in: openStatuses } } },
);
// Rows are removed by the store once they are over. Never a staged one: the store would remove it within a minute
// of its expiry, before the staging job comes to act on it
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0, partialFilterExpression: { status: { $in: finalStatuses } } });

export const StagedEmail = model('StagedEmail', schema);
