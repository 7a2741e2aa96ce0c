import { model, Schema, type Types } from 'mongoose';
import { type ActionType, actionTypes } from './fields/action-types.ts';
import { address, domain } from './fields/address.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';
import { type IRuleTrigger, ruleTriggerSchema } from './fields/rule-trigger.ts';

const scopes = ['user', 'org'] as const;

interface IConditions {
  senderEmail?: string;
  senderDomain?: string;
  subjectContains?: string;
  /** The normalized subject. */
  subjectPattern?: string;
  /** The beginning of the subject, after its reply and forward prefixes. */
  subjectPrefix?: string;
  /** The identifier of a mailing list (RFC 2919), in lower case. */
  listId?: string;
  isNewsletter?: boolean;
  /** A program sent or distributed it. */
  isAutomated?: boolean;
  /** Folder id. */
  fromFolder?: string;
  /** Days after arrival at which the rule takes mail that still lies in its folder. */
  olderThanDays?: number;
}

interface IRuleAction {
  actionType?: ActionType;
  /** Folder id. */
  toFolder?: string;
  category?: string;
  /** Position among the actions of the rule, lowest first. */
  order?: number;
}

interface IRuleStats {
  totalExecutions: number;
  lastExecutedAt?: Date;
  emailsProcessed: number;
  /** The last counted entry of the audit log: a repeated job does not count it again. */
  lastActionId?: Types.ObjectId;
}

/** A pattern that its owner approved, or a rule written by hand. */
export interface IRule extends Timestamps {
  userId: Types.ObjectId;
  /** Only a rule of the organization has none: it holds for every mailbox. */
  mailboxId?: Types.ObjectId;
  name: string;
  sourcePatternId?: Types.ObjectId;
  isEnabled: boolean;
  /** Counts the changes of conditions and actions, so that an entry of the audit log names the definition it acted by. */
  version: number;
  /** The version in which conditions or actions of a rule of the organization were last changed; 1 if it is missing. */
  definitionVersion?: number;
  /** Why the organization has this rule, as its admin tells the owners of mailboxes. */
  reason?: string;
  /** When analysis switched it off because its owner kept reversing it. */
  suspendedAt?: Date;
  suspendedReason?: string;
  /** Lowest first. */
  priority: number;
  conditions?: IConditions;
  actions: IRuleAction[];
  /** The arrival of a message if it is missing. */
  trigger?: IRuleTrigger;
  /** How long mail that it deletes waits at least, in hours; as the service is set up if it is missing. */
  stagingHours?: number;
  stats: IRuleStats;
  /** The id of a copy of the rule in Graph. Part of the stored format; no code writes or reads it. */
  graphRuleId?: string;
  scope: (typeof scopes)[number];
  createdBy?: Types.ObjectId;
}

const conditionsSchema = new Schema<IConditions>(
  {
    senderEmail: address,
    senderDomain: domain,
    subjectContains: { type: String },
    subjectPattern: { type: String },
    subjectPrefix: { type: String },
    listId: { type: String },
    isNewsletter: { type: Boolean },
    isAutomated: { type: Boolean },
    fromFolder: { type: String },
    olderThanDays: { type: Number },
  } satisfies Paths<IConditions>,
  groupOptions,
);

const actionSchema = new Schema<IRuleAction>(
  {
    actionType: { type: String, enum: actionTypes },
    toFolder: { type: String },
    category: { type: String },
    order: { type: Number },
  } satisfies Paths<IRuleAction>,
  groupOptions,
);

const statsSchema = new Schema<IRuleStats>(
  {
    totalExecutions: { type: Number, default: 0 },
    lastExecutedAt: { type: Date },
    emailsProcessed: { type: Number, default: 0 },
    lastActionId: { type: Schema.Types.ObjectId, ref: 'AuditLog' },
  } satisfies Paths<IRuleStats>,
  groupOptions,
);

const schema = new Schema<IRule>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox' },
    name: { type: String, required: true },
    sourcePatternId: { type: Schema.Types.ObjectId, ref: 'Pattern' },
    isEnabled: { type: Boolean, default: true },
    version: { type: Number, default: 1 },
    definitionVersion: { type: Number },
    reason: { type: String },
    suspendedAt: { type: Date },
    suspendedReason: { type: String },
    priority: { type: Number, default: 0 },
    conditions: { type: conditionsSchema },
    actions: { type: [actionSchema] },
    trigger: { type: ruleTriggerSchema },
    stagingHours: { type: Number, min: 1 },
    stats: { type: statsSchema, default: () => ({}) },
    graphRuleId: { type: String },
    scope: { type: String, enum: scopes, default: 'user' },
    createdBy: { type: Schema.Types.ObjectId, ref: 'User' },
  } satisfies Paths<IRule>,
  documentOptions,
);

schema.pre('validate', function requireMailbox() {
  if (this.scope !== 'org' && this.mailboxId === undefined) {
    this.invalidate('mailboxId', 'Path `mailboxId` is required unless `scope` is `org`.');
  }
});

// The enabled rules of a mailbox in the order they are tried
schema.index({ userId: 1, mailboxId: 1, isEnabled: 1, priority: 1 });
// The rules of the organization, in their order
schema.index({ scope: 1, isEnabled: 1, priority: 1 });
// The rules of a mailbox that act at another moment than arrival
schema.index({ mailboxId: 1, 'trigger.kind': 1 }, { partialFilterExpression: { 'trigger.kind': { $exists: true } } });
// The one rule of a pattern, however often it is approved; sparse, because rules are written by hand, too
schema.index({ sourcePatternId: 1 }, { unique: true, sparse: true });
// A rule by the id Graph gave it; sparse, because most rules are not in Graph
schema.index({ graphRuleId: 1 }, { sparse: true });

export const Rule = model('Rule', schema);
