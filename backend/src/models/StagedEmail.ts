import { model, Schema, type Types } from 'mongoose';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './paths.ts';

const statuses = ['staged', 'executed', 'rescued', 'expired'] as const;
const finalStatuses = ['executed', 'rescued', 'expired'] satisfies (typeof statuses)[number][];

interface IStagedAction {
  actionType?: string;
  /** Folder id. */
  toFolder?: string;
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
  status: (typeof statuses)[number];
  actions: IStagedAction[];
  executedAt?: Date;
  rescuedAt?: Date;
}

const actionSchema = new Schema<IStagedAction>(
  {
    actionType: { type: String },
    toFolder: { type: String },
  } satisfies Paths<IStagedAction>,
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
  } satisfies Paths<IStagedEmail>,
  documentOptions,
);

// What of a user is staged and what of it is due
schema.index({ userId: 1, status: 1, expiresAt: 1 });
// Rows are removed by the store once they are over. Never a staged one: the store would remove it within a minute
// of its expiry, before the staging job comes to act on it
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0, partialFilterExpression: { status: { $in: finalStatuses } } });

export const StagedEmail = model('StagedEmail', schema);
