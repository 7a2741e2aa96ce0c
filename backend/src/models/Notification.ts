import { model, Schema, type Types } from 'mongoose';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './paths.ts';

const notificationTypes = [
  'pattern_detected',
  'rule_executed',
  'staging_alert',
  'system',
  'inactivity_warning',
] as const;
const entityTypes = ['pattern', 'rule', 'staged_email'] as const;
const priorities = ['low', 'normal', 'high'] as const;
const keptSeconds = 30 * 24 * 60 * 60;

interface IRelatedEntity {
  entityType?: (typeof entityTypes)[number];
  entityId?: Types.ObjectId;
}

/** A message of the service to a user. */
export interface INotification extends Timestamps {
  userId: Types.ObjectId;
  type: (typeof notificationTypes)[number];
  title: string;
  message: string;
  isRead: boolean;
  readAt?: Date;
  relatedEntity?: IRelatedEntity;
  priority: (typeof priorities)[number];
}

const relatedEntitySchema = new Schema<IRelatedEntity>(
  {
    entityType: { type: String, enum: entityTypes },
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
    relatedEntity: { type: relatedEntitySchema },
    priority: { type: String, enum: priorities, default: 'normal' },
  } satisfies Paths<INotification>,
  documentOptions,
);

// The unread notifications of a user, newest first
schema.index({ userId: 1, isRead: 1, createdAt: -1 });
// Notifications older than 30 days are removed by the store
schema.index({ createdAt: 1 }, { expireAfterSeconds: keptSeconds });

export const Notification = model('Notification', schema);
