import { model, Schema, type Types } from 'mongoose';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** `previewed`: the owner has seen which messages the run would change, and has not started it. */
export const runStatuses = ['previewed', 'queued', 'running', 'done', 'stopped'] as const;
export type RunStatus = (typeof runStatuses)[number];
/** The statuses of a run that the next job continues. */
export const openRunStatuses = ['queued', 'running'] as const satisfies readonly RunStatus[];
const keptSeconds = 30 * 24 * 60 * 60;

interface IRunCounts {
  /** Messages that the rule was applied to. */
  acted: number;
  /** Messages that were skipped: moved, gone, protected, or already in the state that the rule sets. */
  left: number;
  failed: number;
}

/** A rule that its owner applies to existing mail: exactly the messages of a preview. */
export interface IRuleRun extends Timestamps {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  ruleId: Types.ObjectId;
  /** The version of the rule that was previewed. A run of another version is stopped. */
  ruleVersion: number;
  status: RunStatus;
  /** Describes why it was stopped. */
  stopReason?: string;
  messageIds: string[];
  /** Number of messages that are finished. */
  position: number;
  counts: IRunCounts;
  /** Until when the preview can be started. */
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
// The open runs of a mailbox
schema.index({ mailboxId: 1, status: 1 });
// The store removes runs after 30 days; their actions stay in the audit log
schema.index({ createdAt: 1 }, { expireAfterSeconds: keptSeconds });

export const RuleRun = model('RuleRun', schema);
