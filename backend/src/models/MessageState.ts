import { model, Schema, type Types } from 'mongoose';
import { secondMs } from '../lib/durations.ts';
import { eventRetentionMs } from '../lib/retention.ts';
import { address } from './fields/address.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

const flagStatuses = ['notFlagged', 'flagged', 'complete'] as const;
/** Whether rules still have to look at a message. */
const automationStates = ['pending', 'done'] as const;

interface IStateSender {
  email?: string;
  domain?: string;
}

/** What was last known of a message: what happens to it is the difference to this. */
export interface IMessageState extends Timestamps {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  /** Graph's immutable message id. */
  messageId: string;
  /** Where it rests; missing once it is gone. */
  folderId?: string;
  /** When it was noticed to be gone. */
  goneAt?: Date;
  isRead: boolean;
  flag: (typeof flagStatuses)[number];
  categories: string[];
  sender?: IStateSender;
  /** SHA-256 of the normalized subject. */
  subjectHash?: string;
  receivedAt?: Date;
  /** Graph's lastModifiedDateTime. */
  modifiedAt?: Date;
  /** When the answer that this is known from was received: what was asked for earlier is not newer. */
  observedAt: Date;
  /** Counts the changes: a writer that has not seen the last one does not write. */
  version: number;
  /** The events of the last change, until they are in the event log. */
  pending?: Record<string, unknown>;
  /** The newest of our own actions that no later change can be attributed to. */
  lastActionId?: Types.ObjectId;
  automation: (typeof automationStates)[number];
}

const senderSchema = new Schema<IStateSender>(
  { email: address, domain: address } satisfies Paths<IStateSender>,
  groupOptions,
);

const schema = new Schema<IMessageState>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox', required: true },
    messageId: { type: String, required: true },
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
  } satisfies Paths<IMessageState>,
  documentOptions,
);

// The one state of a message
schema.index({ mailboxId: 1, messageId: 1 }, { unique: true });
// What rests in a folder and was not seen again when the folder was read anew
schema.index({ mailboxId: 1, folderId: 1, observedAt: 1 });
// The states whose events a crash kept out of the event log
schema.index({ mailboxId: 1, version: 1 }, { partialFilterExpression: { pending: { $exists: true } } });
// The messages that rules still have to look at
schema.index({ mailboxId: 1, automation: 1 }, { partialFilterExpression: { automation: 'pending' } });
// What is gone is forgotten after 90 days, as its events are
schema.index({ goneAt: 1 }, { expireAfterSeconds: eventRetentionMs / secondMs });

export const MessageState = model('MessageState', schema);
