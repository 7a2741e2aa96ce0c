import { model, Schema, type Types } from 'mongoose';
import { secondMs } from '../lib/durations.ts';
import { eventRetentionMs } from '../lib/retention.ts';
import { address, domain } from './fields/address.ts';
import { type FlagStatus, flagStatuses } from './fields/message-properties.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** `pending`: rules have not evaluated the message yet. */
const automationStates = ['pending', 'done'] as const;
type AutomationState = (typeof automationStates)[number];

interface IStateSender {
  email?: string;
  domain?: string;
}

/** The last known state of a message. An event is the difference between it and a newer snapshot. */
export interface IMessageState extends Timestamps {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  /** Graph's immutable message id. It can change all the same: see store/changed-id.ts. */
  messageId: string;
  /** The ids that the message had before, the oldest first. */
  formerIds?: string[];
  /** Recognizes the message under another id: see store/message-identity.ts. */
  identityHash?: string;
  /** Its folder; missing once the message is gone. */
  folderId?: string;
  /** When its absence was noticed. */
  goneAt?: Date;
  isRead: boolean;
  flag: FlagStatus;
  categories: string[];
  sender?: IStateSender;
  /** SHA-256 of the normalized subject. */
  subjectHash?: string;
  receivedAt?: Date;
  /** Graph's lastModifiedDateTime. */
  modifiedAt?: Date;
  /** When Graph's answer with this state was received. An answer to an earlier request is not newer. */
  observedAt: Date;
  /** Counts the changes. A writer replaces only the version that it has read (optimistic concurrency). */
  version: number;
  /**
   * The events of the last change, until they are in the event log, or the former id, until the other rows about the
   * message follow to the new one (transactional outbox).
   */
  pending?: Record<string, unknown>;
  /** The newest of our own actions that no later change can be attributed to. */
  lastActionId?: Types.ObjectId;
  /** Of the rules that act on arrival. */
  automation: AutomationState;
  /** Of the rules that act when the owner has read the message; missing until they have. */
  automationOnRead?: AutomationState;
  /** True once it was ever seen as an invitation to a meeting or an answer to one: mail programs put these away. */
  isMeeting?: boolean;
  /** The identifier of its mailing list (RFC 2919), in lower case. */
  listId?: string;
  /** A program sent or distributed it; missing when its headers are unknown, and in older rows. */
  isAutomated?: boolean;
}

const senderSchema = new Schema<IStateSender>({ email: address, domain } satisfies Paths<IStateSender>, groupOptions);

const schema = new Schema<IMessageState>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox', required: true },
    messageId: { type: String, required: true },
    formerIds: { type: [{ type: String }] },
    identityHash: { type: String },
    folderId: { type: String },
    goneAt: { type: Date },
    isRead: { type: Boolean, required: true },
    flag: { type: String, enum: flagStatuses, required: true },
    categories: { type: [{ type: String }] },
    sender: { type: senderSchema },
    subjectHash: { type: String },
    receivedAt: { type: Date },
    modifiedAt: { type: Date },
    observedAt: { type: Date, required: true },
    version: { type: Number, required: true },
    pending: { type: Schema.Types.Mixed },
    lastActionId: { type: Schema.Types.ObjectId, ref: 'AuditLog' },
    automation: { type: String, enum: automationStates, default: 'done' },
    automationOnRead: { type: String, enum: automationStates },
    isMeeting: { type: Boolean },
    listId: { type: String },
    isAutomated: { type: Boolean },
  } satisfies Paths<IMessageState>,
  documentOptions,
);

// most messages keep their id: Mongoose would store an empty list
schema.path('formerIds').default(undefined);

// The one state of a message
schema.index({ mailboxId: 1, messageId: 1 }, { unique: true });
// The messages of a folder that its last full read did not return
schema.index({ mailboxId: 1, folderId: 1, observedAt: 1 });
// The states whose events a crash kept out of the event log
schema.index({ mailboxId: 1, version: 1 }, { partialFilterExpression: { pending: { $exists: true } } });
// The messages that rules have not evaluated yet
schema.index({ mailboxId: 1, automation: 1 }, { partialFilterExpression: { automation: 'pending' } });
// The messages that were read, and that rules have not evaluated since
schema.index({ mailboxId: 1, automationOnRead: 1 }, { partialFilterExpression: { automationOnRead: 'pending' } });
// The messages of a folder that reach an age
schema.index({ mailboxId: 1, folderId: 1, receivedAt: 1 });
// A message that appears under a new id
schema.index({ mailboxId: 1, identityHash: 1 });
// A message by an id that it had before
schema.index({ mailboxId: 1, formerIds: 1 }, { partialFilterExpression: { formerIds: { $exists: true } } });
// What is gone is forgotten after 90 days, as its events are
schema.index({ goneAt: 1 }, { expireAfterSeconds: eventRetentionMs / secondMs });

export const MessageState = model('MessageState', schema);
