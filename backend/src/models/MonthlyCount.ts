import { model, Schema, type Types } from 'mongoose';
import { documentOptions, type Paths } from './fields/paths.ts';

const openedWords = ['yes', 'no', 'unknown'] as const;

/**
 * Messages of one sender and one month that the owner treated alike. It stays for a year, when the events that it was
 * counted from are gone: no message id, no subject.
 */
export interface IMonthlyCount {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
  /** '' for a sender without one. */
  domain: string;
  /** Address in canonical form. */
  sender: string;
  /** The month of arrival in UTC, as in `2026-03`. */
  month: string;
  /** `deleted`, `archived`, `cleared`, `read`, `left`, or `moved:` and the id of a folder. */
  outcome: string;
  /** Opened before they were treated so. */
  opened: (typeof openedWords)[number];
  /** Those that one burst treated count as one. */
  messages: number;
  /** A year after the month. */
  expiresAt: Date;
}

const schema = new Schema<IMonthlyCount>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox', required: true },
    domain: { type: String, default: '' },
    sender: { type: String, required: true },
    month: { type: String, required: true },
    outcome: { type: String, required: true },
    opened: { type: String, enum: openedWords, required: true },
    messages: { type: Number, required: true, min: 1 },
    expiresAt: { type: Date, required: true },
  } satisfies Paths<IMonthlyCount>,
  { ...documentOptions, timestamps: false },
);

// What the senders of some domains sent in former months, and the months of a mailbox
schema.index({ userId: 1, mailboxId: 1, domain: 1, month: 1 });
schema.index({ userId: 1, mailboxId: 1, month: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export const MonthlyCount = model('MonthlyCount', schema);
