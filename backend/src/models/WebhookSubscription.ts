import { model, Schema, type Types } from 'mongoose';
import { documentOptions, type Paths, type Timestamps } from './fields/paths.ts';

const statuses = ['active', 'expired', 'failed'] as const;

/** A subscription at Graph to the changes of a mailbox. */
export interface IWebhookSubscription extends Timestamps {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  /** The id that Graph gave the subscription. */
  subscriptionId: string;
  /** The watched resource, such as /me/mailFolders/{id}/messages. */
  resource: string;
  /** Comma-separated, such as created,updated,deleted. */
  changeType: string;
  /** When Graph ends the subscription. */
  expiresAt: Date;
  /** Time of the next renewal; a subscription without it is renewed now. */
  renewAt?: Date;
  notificationUrl: string;
  lifecycleNotificationUrl?: string;
  /** The secret that authenticates a change notification. */
  clientState: string;
  status: (typeof statuses)[number];
  lastNotificationAt?: Date;
  errorCount: number;
}

const schema = new Schema<IWebhookSubscription>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox', required: true },
    subscriptionId: { type: String, required: true },
    resource: { type: String, required: true },
    changeType: { type: String, required: true },
    expiresAt: { type: Date, required: true },
    renewAt: { type: Date },
    notificationUrl: { type: String, required: true },
    lifecycleNotificationUrl: { type: String },
    clientState: { type: String, required: true },
    status: { type: String, enum: statuses, default: 'active' },
    lastNotificationAt: { type: Date },
    errorCount: { type: Number, default: 0 },
  } satisfies Paths<IWebhookSubscription>,
  documentOptions,
);

// The subscription that a change notification names
schema.index({ subscriptionId: 1 }, { unique: true });
// The subscriptions of a mailbox
schema.index({ userId: 1, mailboxId: 1 });
// The active subscriptions that end soon: renewal
schema.index({ expiresAt: 1, status: 1 });

export const WebhookSubscription = model('WebhookSubscription', schema);
