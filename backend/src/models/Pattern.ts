import { model, Schema, type Types } from 'mongoose';
import { type ActionType, actionTypes } from './fields/action-types.ts';
import { address, domain } from './fields/address.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

export const patternTypes = ['sender', 'folder-routing'] as const;
export const patternStatuses = ['detected', 'suggested', 'approved', 'rejected', 'expired'] as const;
export type PatternStatus = (typeof patternStatuses)[number];
/**
 * Why a pattern is not suggested. `bound`: its forecast is not sure enough; `exceptions` and `chance`: the same, in rows
 * of former versions; `opened`: its owner opens the mail first, so that a rule on arrival would come too early;
 * `recent`: the newest messages do not follow; `protected`: its sender is protected; `covered`: another pattern suggests
 * the same for more mail; `target`: rules cannot move mail to its folder now, because it is gone or lies below Deleted
 * Items.
 */
const blockers = ['bound', 'exceptions', 'chance', 'opened', 'recent', 'protected', 'covered', 'target'] as const;
/** `sure`: one click is enough; `likely`: to be looked at first; `watching`: a habit that is not proven, and not suggested. */
export const tiers = ['sure', 'likely', 'watching'] as const;
const maxEvidence = 10;

interface ICondition {
  senderEmail?: string;
  senderDomain?: string;
  /** Folder id. */
  fromFolder?: string;
  /** The normalized subject. */
  subjectPattern?: string;
  isNewsletter?: boolean;
  /** The beginning of the subject, folded. */
  subjectPrefix?: string;
  /** The identifier of a mailing list. */
  listId?: string;
}

interface ISuggestedAction {
  actionType?: ActionType;
  /** Folder id. */
  toFolder?: string;
  category?: string;
}

/** One message for or against the pattern. */
interface IEvidence {
  messageId?: string;
  timestamp?: Date;
  /** The owner's action. */
  action?: string;
  /** The message did not follow the pattern. */
  isException?: boolean;
  /** The message is older than the monitoring of its mailbox; it is classified by its current folder. */
  foundInPlace?: boolean;
}

/** Repeated behavior of a mailbox's owner, found by statistics. */
export interface IPattern extends Timestamps {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  patternType: (typeof patternTypes)[number];
  /** Type, condition, action and folder as one text; it identifies a pattern within its mailbox. */
  key: string;
  status: PatternStatus;
  /** Percent: the share of the next mail that is expected to follow. */
  confidence: number;
  /** Percent: the lower bound of the 95 % Wilson interval of followed out of seen messages; missing in older rows. */
  lowerBound?: number;
  /** How far it is proven; missing in older rows. */
  tier?: (typeof tiers)[number];
  /** How many more messages must follow, without an exception, until it is suggested. */
  needed?: number;
  /** Messages that meet the condition. */
  sampleSize: number;
  /** Messages among them that did not follow the pattern. */
  exceptionCount: number;
  /** Of the messages that followed, those that were opened first; missing in older rows. */
  openedCount?: number;
  /** Of the messages that followed, those of which nothing tells if they were opened first. */
  openedUnknownCount?: number;
  /** Percent: the confidence needed for a suggestion at the last analysis. */
  threshold?: number;
  condition?: ICondition;
  /** The moment of its rule; arrival when it is missing. */
  trigger?: 'onRead';
  suggestedAction?: ISuggestedAction;
  evidence: IEvidence[];
  /** Why it is not suggested, as of its last analysis. */
  blockers: (typeof blockers)[number][];
  rejectedAt?: Date;
  /** When its owner last took a rejection back; then `suggestedAt` is the same. */
  reconsideredAt?: Date;
  /** A rejected pattern is not suggested again before this time. */
  rejectionCooldownUntil?: Date;
  approvedAt?: Date;
  detectedAt?: Date;
  suggestedAt?: Date;
  expiredAt?: Date;
  lastAnalyzedAt?: Date;
}

const conditionSchema = new Schema<ICondition>(
  {
    senderEmail: address,
    senderDomain: domain,
    fromFolder: { type: String },
    subjectPattern: { type: String },
    isNewsletter: { type: Boolean },
    subjectPrefix: { type: String },
    listId: { type: String },
  } satisfies Paths<ICondition>,
  groupOptions,
);

const suggestedActionSchema = new Schema<ISuggestedAction>(
  {
    actionType: { type: String, enum: actionTypes },
    toFolder: { type: String },
    category: { type: String },
  } satisfies Paths<ISuggestedAction>,
  groupOptions,
);

const evidenceSchema = new Schema<IEvidence>(
  {
    messageId: { type: String },
    timestamp: { type: Date },
    action: { type: String },
    isException: { type: Boolean },
    foundInPlace: { type: Boolean },
  } satisfies Paths<IEvidence>,
  groupOptions,
);

const schema = new Schema<IPattern>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox', required: true },
    patternType: { type: String, enum: patternTypes, required: true },
    key: { type: String, required: true },
    status: { type: String, enum: patternStatuses, default: 'detected' },
    confidence: { type: Number, required: true, min: 0, max: 100 },
    lowerBound: { type: Number, min: 0, max: 100 },
    tier: { type: String, enum: tiers },
    needed: { type: Number, min: 1 },
    sampleSize: { type: Number, required: true },
    exceptionCount: { type: Number, default: 0 },
    openedCount: { type: Number, min: 0 },
    openedUnknownCount: { type: Number, min: 0 },
    threshold: { type: Number },
    condition: { type: conditionSchema },
    trigger: { type: String, enum: ['onRead'] },
    suggestedAction: { type: suggestedActionSchema },
    evidence: {
      type: [evidenceSchema],
      validate: {
        validator: (list) => list.length <= maxEvidence,
        message: `A pattern keeps at most ${maxEvidence} messages as evidence`,
      },
    },
    blockers: { type: [{ type: String, enum: blockers }] },
    rejectedAt: { type: Date },
    reconsideredAt: { type: Date },
    rejectionCooldownUntil: { type: Date },
    approvedAt: { type: Date },
    detectedAt: { type: Date },
    suggestedAt: { type: Date },
    expiredAt: { type: Date },
    lastAnalyzedAt: { type: Date },
  } satisfies Paths<IPattern>,
  documentOptions,
);

// The one row of a pattern, however many analyses find it at once
schema.index({ userId: 1, mailboxId: 1, key: 1 }, { unique: true });
// The patterns of a mailbox by state: suggestions shown to the owner
schema.index({ userId: 1, mailboxId: 1, status: 1 });
// The patterns of a domain
schema.index({ userId: 1, patternType: 1, 'condition.senderDomain': 1 });
// Rejected patterns whose cooldown has ended; sparse, because most patterns were never rejected
schema.index({ rejectionCooldownUntil: 1 }, { sparse: true });

export const Pattern = model('Pattern', schema);
