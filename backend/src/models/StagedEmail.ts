import { model, Schema, type Types } from 'mongoose';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

export const stagingStatuses = ['staged', 'executing', 'executed', 'rescuing', 'rescued', 'expired'] as const;
type StagingStatus = (typeof stagingStatuses)[number];
/** MSEDB has not finished with the message: it waits, or a claim on it is open. */
export const openStagingStatuses = ['staged', 'executing', 'rescuing'] as const satisfies readonly StagingStatus[];
/** The message goes to Deleted Items when its time is over. `executing` may be left over from a crash. */
export const expiringStagingStatuses = ['staged', 'executing'] as const satisfies readonly StagingStatus[];
const finalStatuses = ['executed', 'rescued', 'expired'] satisfies StagingStatus[];

interface IStagedAction {
  actionType?: string;
  /** Folder id. */
  toFolder?: string;
}

/** Why a message is rescued: at its owner's request, or because the reason for staging it no longer applies. */
const rescueReasons = ['owner', 'moved_by_owner', 'rule_off', 'whitelisted', 'mailbox_left', 'undone'] as const;

/** The reason why a message could not be executed or rescued yet. */
interface IStagingFault {
  /** Number of failed attempts. */
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
  /** `executing` and `rescuing` are claims: whoever set one finishes it; after a crash, recovery does. */
  status: StagingStatus;
  /** Part of the planned schema; written and read by nothing. The audit entry holds the change that staging made. */
  actions: IStagedAction[];
  executedAt?: Date;
  rescuedAt?: Date;
  /** The audit entry that holds the message's earlier properties and the reason for staging it. */
  auditId: Types.ObjectId;
  rescueReason?: (typeof rescueReasons)[number];
  fault?: IStagingFault;
  /** After a failure: the earliest time of the next attempt. */
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
    status: { type: String, enum: stagingStatuses, default: 'staged' },
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

// The staged mail of a user, and the part of it that is due
schema.index({ userId: 1, status: 1, expiresAt: 1 });
// The staged mail of a mailbox that is due, the oldest first
schema.index({ mailboxId: 1, status: 1, expiresAt: 1 });
// The mail that a rule has staged, when the rule is switched off
schema.index({ ruleId: 1, status: 1 });
// A message is staged once at a time
schema.index(
  { mailboxId: 1, messageId: 1 },
  { unique: true, partialFilterExpression: { status: { $in: openStagingStatuses } } },
);
// Rows are removed by the store once they are over. Never a staged one: the store would remove it within a minute
// of its expiry, before the staging job comes to act on it
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0, partialFilterExpression: { status: { $in: finalStatuses } } });

export const StagedEmail = model('StagedEmail', schema);
