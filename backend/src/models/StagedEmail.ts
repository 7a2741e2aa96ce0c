import { model, Schema, type Types } from 'mongoose';
import { signalChange } from './store/change-signal.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

export const stagingStatuses = ['staged', 'executing', 'executed', 'rescuing', 'rescued', 'expired'] as const;
export type StagingStatus = (typeof stagingStatuses)[number];
/** The statuses of a message that has not been deleted or rescued yet. */
export const openStagingStatuses = ['staged', 'executing', 'rescuing'] as const satisfies readonly StagingStatus[];
/** The statuses of a message that goes to Deleted Items when it is due. A crash may leave `executing` behind. */
export const expiringStagingStatuses = ['staged', 'executing'] as const satisfies readonly StagingStatus[];
const finalStagingStatuses = ['executed', 'rescued', 'expired'] as const satisfies readonly StagingStatus[];

/** Why a message waits: a rule staged it, or it was found in the staging folder without a row. */
export const stagingReasons = ['rule', 'found'] as const;

interface IStagedAction {
  actionType?: string;
  /** Folder id. */
  toFolder?: string;
}

/** Why a message is rescued: its owner asked for it, or the reason for staging no longer holds. */
export const rescueReasons = [
  'owner',
  'moved_by_owner',
  'rule_off',
  'whitelisted',
  'mailbox_left',
  'look_only',
  'undone',
] as const;

/** The failures of deleting or rescuing a message. */
interface IStagingFault {
  /** Failed attempts. */
  count: number;
  /** Describes the last failure, without addresses and subjects. */
  message: string;
  at: Date;
}

/** A message that waits 24 hours before a destructive action, so that its owner can rescue it. */
export interface IStagedEmail extends Timestamps {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  /** Missing only for a message that was found in the staging folder, and whose rule is not known. */
  ruleId?: Types.ObjectId;
  /** Graph's immutable message id. */
  messageId: string;
  /** Id of the folder the message came from. */
  originalFolder: string;
  stagedAt: Date;
  /** 24 hours after `stagedAt`. */
  expiresAt: Date;
  /** `executing` and `rescuing` are claims: the process that set one finishes it; after a crash, the next maintenance does. */
  status: StagingStatus;
  /** Part of the stored format: always the one action `delete`, which no code reads. */
  actions: IStagedAction[];
  executedAt?: Date;
  rescuedAt?: Date;
  /** The entry of the audit log with the previous properties and the reason for staging. */
  auditId: Types.ObjectId;
  /** On a message that is `staged`: the rescue was requested, and is done when automation is resumed. */
  rescueReason?: (typeof rescueReasons)[number];
  /** A row without it was staged by a rule. */
  reason?: (typeof stagingReasons)[number];
  fault?: IStagingFault;
  /** Time of the next attempt after a failure. */
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
    ruleId: { type: Schema.Types.ObjectId, ref: 'Rule' },
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
    reason: { type: String, enum: stagingReasons },
    fault: { type: faultSchema },
    nextTryAt: { type: Date },
  } satisfies Paths<IStagedEmail>,
  documentOptions,
);

// Required unless the message was found in the staging folder
schema.add({
  ruleId: {
    type: Schema.Types.ObjectId,
    ref: 'Rule',
    required(this: Partial<IStagedEmail>) {
      return this.reason !== 'found';
    },
  },
});

// The staged messages of a user, and those that are due
schema.index({ userId: 1, status: 1, expiresAt: 1 });
// The open rows of a mailbox, soonest deletion first
schema.index({ mailboxId: 1, status: 1, expiresAt: 1 });
// The staged messages of a rule that is switched off
schema.index({ ruleId: 1, status: 1 });
// The one open row of a message
schema.index(
  { mailboxId: 1, messageId: 1 },
  { unique: true, partialFilterExpression: { status: { $in: [...openStagingStatuses] } } },
);
// The store removes finished rows at their expiry. Never an open one: the store would remove it within a minute of
// its expiry, before the staging job acts on it
schema.index(
  { expiresAt: 1 },
  { expireAfterSeconds: 0, partialFilterExpression: { status: { $in: [...finalStagingStatuses] } } },
);

// Pages are told at once; what the audit log records beside it is told with its entry
schema.post('findOneAndUpdate', (row: IStagedEmail | null) => {
  if (row === null) return;
  const { userId, mailboxId } = row;
  signalChange({ userId: userId.toHexString(), mailboxId: mailboxId.toHexString(), topics: ['staging'] });
});

export const StagedEmail = model('StagedEmail', schema);
