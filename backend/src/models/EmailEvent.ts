import { model, Schema, type Types } from 'mongoose';
import { secondMs } from '../lib/durations.ts';
import { eventRetentionMs } from '../lib/retention.ts';
import { address, domain } from './fields/address.ts';
import { type RecordedKind, recordedKinds } from './fields/folder-kinds.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** `disappeared`: it is gone, and was not seen in Deleted Items: nobody is known to have deleted it. */
export const eventTypes = ['arrived', 'deleted', 'disappeared', 'moved', 'read', 'flagged', 'categorized'] as const;
const importances = ['low', 'normal', 'high'] as const;

interface ISender {
  name?: string;
  email?: string;
  domain?: string;
}

interface IEventMetadata {
  hasListUnsubscribe?: boolean;
  isNewsletter?: boolean;
  /** A program sent or distributed it. */
  isAutomated?: boolean;
  /** The identifier of its mailing list (RFC 2919), in lower case. */
  listId?: string;
  /** The rule that did it, if the owner did not. */
  automatedByRule?: Types.ObjectId;
  /** The entry of the audit log of this action of ours, with or without a rule. */
  automatedByAction?: Types.ObjectId;
  /** It was recognized as ours without an entry of the audit log, which an older backup lacks. */
  recognized?: boolean;
  /** The message is older than the monitoring of its mailbox: how it came to its folder is unknown. */
  foundInPlace?: boolean;
  /** The message is an invitation to a meeting or an answer to one: its events say nothing about habits. */
  isMeeting?: boolean;
}

/** An occurrence of an event before its last one, as it was recorded. */
export interface IPastOccurrence {
  timestamp: Date;
  /** Folder id. */
  fromFolder?: string;
  /** Folder id. */
  toFolder?: string;
  fromFolderKind?: RecordedKind;
  toFolderKind?: RecordedKind;
  /** Seconds from the arrival of the message. */
  timeToAction?: number;
  isRead: boolean;
  categories: string[];
  automatedByRule?: Types.ObjectId;
  automatedByAction?: Types.ObjectId;
  /** The version of the message's state that it was recorded from: identifies it within its row. */
  stateVersion: number;
}

/** Past occurrences that a row keeps; the oldest are dropped beyond. */
export const maxPastOccurrences = 50;

/**
 * Something that happened to a message. One row for each message and type. When the same thing happens again,
 * `occurrences` grows, the row takes the newest timestamp and folders, and `history` keeps those it had before.
 */
export interface IEmailEvent extends Timestamps {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  /** Graph's immutable message id. */
  messageId: string;
  internetMessageId?: string;
  eventType: (typeof eventTypes)[number];
  /** Time of the last occurrence. */
  timestamp: Date;
  /** Number of times it happened. */
  occurrences: number;
  sender?: ISender;
  subject?: string;
  /** The subject without reply and forward prefixes and without the parts that vary, such as numbers and dates. */
  subjectNormalized?: string;
  receivedAt?: Date;
  /** Seconds from the arrival of the message to this event. */
  timeToAction?: number;
  /** Folder id. */
  fromFolder?: string;
  /** Folder id. */
  toFolder?: string;
  /** The kinds that the folders had when it happened; missing when unknown, and in older rows. */
  fromFolderKind?: RecordedKind;
  toFolderKind?: RecordedKind;
  importance: (typeof importances)[number];
  hasAttachments: boolean;
  conversationId?: string;
  categories: string[];
  isRead: boolean;
  metadata?: IEventMetadata;
  /** The version of the message's state that this row was last written from: a repeated write is skipped. */
  stateVersion: number;
  /** The occurrences before the last one, the oldest first; missing while there was only one. */
  history?: IPastOccurrence[];
}

const senderSchema = new Schema<ISender>(
  {
    name: { type: String },
    email: address,
    domain,
  } satisfies Paths<ISender>,
  groupOptions,
);

const metadataSchema = new Schema<IEventMetadata>(
  {
    hasListUnsubscribe: { type: Boolean },
    isNewsletter: { type: Boolean },
    isAutomated: { type: Boolean },
    listId: { type: String },
    automatedByRule: { type: Schema.Types.ObjectId, ref: 'Rule' },
    automatedByAction: { type: Schema.Types.ObjectId, ref: 'AuditLog' },
    recognized: { type: Boolean },
    foundInPlace: { type: Boolean },
    isMeeting: { type: Boolean },
  } satisfies Paths<IEventMetadata>,
  groupOptions,
);

const pastOccurrenceSchema = new Schema<IPastOccurrence>(
  {
    timestamp: { type: Date, required: true },
    fromFolder: { type: String },
    toFolder: { type: String },
    fromFolderKind: { type: String, enum: recordedKinds },
    toFolderKind: { type: String, enum: recordedKinds },
    timeToAction: { type: Number },
    isRead: { type: Boolean, required: true },
    categories: { type: [{ type: String }] },
    automatedByRule: { type: Schema.Types.ObjectId, ref: 'Rule' },
    automatedByAction: { type: Schema.Types.ObjectId, ref: 'AuditLog' },
    stateVersion: { type: Number, required: true },
  } satisfies Paths<IPastOccurrence>,
  groupOptions,
);

const schema = new Schema<IEmailEvent>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox', required: true },
    messageId: { type: String, required: true },
    internetMessageId: { type: String },
    eventType: { type: String, enum: eventTypes, required: true },
    timestamp: { type: Date, default: () => new Date() },
    occurrences: { type: Number, default: 1 },
    sender: { type: senderSchema },
    subject: { type: String },
    subjectNormalized: { type: String },
    receivedAt: { type: Date },
    timeToAction: { type: Number },
    fromFolder: { type: String },
    toFolder: { type: String },
    fromFolderKind: { type: String, enum: recordedKinds },
    toFolderKind: { type: String, enum: recordedKinds },
    importance: { type: String, enum: importances, default: 'normal' },
    hasAttachments: { type: Boolean, default: false },
    conversationId: { type: String },
    categories: { type: [{ type: String }] },
    isRead: { type: Boolean, default: false },
    metadata: { type: metadataSchema },
    stateVersion: { type: Number, default: 0 },
    history: { type: [pastOccurrenceSchema] },
  } satisfies Paths<IEmailEvent>,
  documentOptions,
);

// most rows have no history: Mongoose would store an empty one
schema.path('history').default(undefined);

// The events of a user with mail of a domain, newest first: pattern analysis
schema.index({ userId: 1, 'sender.domain': 1, timestamp: -1 });
// The events of a user of one type, newest first: activity lists and counts
schema.index({ userId: 1, eventType: 1, timestamp: -1 });
// The events of a user in a period, newest first: the list of events, summaries by sender and by day
schema.index({ userId: 1, timestamp: -1, _id: -1 });
// The one row of a message and type: the upsert that records an event, and the events of one message
schema.index({ userId: 1, mailboxId: 1, messageId: 1, eventType: 1 }, { unique: true });
// The past occurrences of a user in a period: what the index by timestamp cannot find, because the row has moved on
schema.index({ userId: 1, 'history.timestamp': -1 }, { partialFilterExpression: { history: { $exists: true } } });
// Removes events that are older than the retention
schema.index({ timestamp: 1 }, { expireAfterSeconds: eventRetentionMs / secondMs });

export const EmailEvent = model('EmailEvent', schema);
