import { model, Schema, type Types } from 'mongoose';
import { signalNotifications } from './store/notification-signal.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** `rule_executed` and `inactivity_warning` are part of the planned schema; the service creates none of them. */
export const notificationTypes = [
  'pattern_detected',
  'rule_executed',
  'staging_alert',
  'system',
  'inactivity_warning',
] as const;
export const notificationEntityTypes = ['pattern', 'rule', 'staged_email'] as const;
export const notificationPriorities = ['low', 'normal', 'high'] as const;
const keptSeconds = 30 * 24 * 60 * 60;

interface IRelatedEntity {
  entityType?: (typeof notificationEntityTypes)[number];
  entityId?: Types.ObjectId;
}

/** A notification of the service to a user. */
export interface INotification extends Timestamps {
  userId: Types.ObjectId;
  type: (typeof notificationTypes)[number];
  title: string;
  message: string;
  isRead: boolean;
  readAt?: Date;
  /** The mailboxes that the text names: purging one of them removes the notification. */
  mailboxIds: Types.ObjectId[];
  relatedEntity?: IRelatedEntity;
  priority: (typeof notificationPriorities)[number];
}

const relatedEntitySchema = new Schema<IRelatedEntity>(
  {
    entityType: { type: String, enum: notificationEntityTypes },
    entityId: { type: Schema.Types.ObjectId },
  } satisfies Paths<IRelatedEntity>,
  groupOptions,
);

const schema = new Schema<INotification>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    type: { type: String, enum: notificationTypes, required: true },
    title: { type: String, required: true },
    message: { type: String, required: true },
    isRead: { type: Boolean, default: false },
    readAt: { type: Date },
    mailboxIds: { type: [{ type: Schema.Types.ObjectId, ref: 'Mailbox' }] },
    relatedEntity: { type: relatedEntitySchema },
    priority: { type: String, enum: notificationPriorities, default: 'normal' },
  } satisfies Paths<INotification>,
  documentOptions,
);

// The unread notifications of a user, newest first
schema.index({ userId: 1, isRead: 1, createdAt: -1 });
// The notifications of a user, newest first: their list, and what a stream has to catch up on
schema.index({ userId: 1, createdAt: -1, _id: -1 });
// The store removes notifications older than 30 days
schema.index({ createdAt: 1 }, { expireAfterSeconds: keptSeconds });

// Streams are told at once instead of polling
schema.post('save', (row) => signalNotifications(row.userId.toHexString()));

export const Notification = model('Notification', schema);
