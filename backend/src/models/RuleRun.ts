import { model, Schema, type Types } from 'mongoose';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** `previewed`: its owner has not started it yet, and may never do so. */
export const runStatuses = ['previewed', 'queued', 'running', 'done', 'stopped'] as const;
/** The run is queued or under way. */
export const openRunStatuses = ['queued', 'running'] as const satisfies readonly (typeof runStatuses)[number][];
const keptSeconds = 30 * 24 * 60 * 60;

interface IRunCounts {
  /** Messages that the rule was applied to. */
  acted: number;
  /** Messages left unchanged: moved, gone, protected, or already in the state that the rule asks for. */
  left: number;
  failed: number;
}

/** A rule applied to existing mail at its owner's request: exactly the messages of a preview. */
export interface IRuleRun extends Timestamps {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  ruleId: Types.ObjectId;
  /** The version of the rule that was previewed; a run of another version stops. */
  ruleVersion: number;
  status: (typeof runStatuses)[number];
  /** The reason why it was stopped, as a phrase without a full stop. */
  stopReason?: string;
  messageIds: string[];
  /** Number of messages that were processed. */
  position: number;
  counts: IRunCounts;
  /** A preview cannot be used after this time. */
  previewEndsAt: Date;
  startedAt?: Date;
  finishedAt?: Date;
}

const countsSchema = new Schema<IRunCounts>(
  {
    acted: { type: Number, default: 0 },
    left: { type: Number, default: 0 },
    failed: { type: Number, default: 0 },
  } satisfies Paths<IRunCounts>,
  groupOptions,
);

const schema = new Schema<IRuleRun>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox', required: true },
    ruleId: { type: Schema.Types.ObjectId, ref: 'Rule', required: true },
    ruleVersion: { type: Number, required: true },
    status: { type: String, enum: runStatuses, default: 'previewed' },
    stopReason: { type: String },
    messageIds: { type: [{ type: String }] },
    position: { type: Number, default: 0 },
    counts: { type: countsSchema, default: () => ({}) },
    previewEndsAt: { type: Date, required: true },
    startedAt: { type: Date },
    finishedAt: { type: Date },
  } satisfies Paths<IRuleRun>,
  documentOptions,
);

// The runs of a rule
schema.index({ userId: 1, ruleId: 1 });
// The unfinished runs of a mailbox
schema.index({ mailboxId: 1, status: 1 });
// Runs are removed by the store after 30 days; what they did is in the audit log
schema.index({ createdAt: 1 }, { expireAfterSeconds: keptSeconds });

export const RuleRun = model('RuleRun', schema);
