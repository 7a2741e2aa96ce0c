import { model, Schema, type Types } from 'mongoose';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** `previewed` is a run that its owner has not asked for yet, and may never. */
const runStatuses = ['previewed', 'queued', 'running', 'done', 'stopped'] as const;
const keptSeconds = 30 * 24 * 60 * 60;

interface IRunCounts {
  /** Messages that the rule was applied to. */
  acted: number;
  /** Messages left alone: moved, gone, protected, or already as the rule wants them. */
  left: number;
  failed: number;
}

/** A rule applied, on its owner's word, to mail that is already there: exactly the messages of a preview. */
export interface IRuleRun extends Timestamps {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  ruleId: Types.ObjectId;
  /** The words of the rule that were previewed: with others nothing is done. */
  ruleVersion: number;
  status: (typeof runStatuses)[number];
  /** Why it was stopped, in words. */
  stopReason?: string;
  messageIds: string[];
  /** How many of them are done with. */
  position: number;
  counts: IRunCounts;
  /** A preview that was not used by then is void. */
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
// The runs of a mailbox that are to go on
schema.index({ mailboxId: 1, status: 1 });
// Runs are removed by the store after 30 days; what they did is in the audit log
schema.index({ createdAt: 1 }, { expireAfterSeconds: keptSeconds });

export const RuleRun = model('RuleRun', schema);
