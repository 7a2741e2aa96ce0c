import { model, Schema, type Types } from 'mongoose';
import { documentOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** A browser that is signed in. */
export interface ISession extends Timestamps {
  /** SHA-256 of the session's id, which only the browser knows. */
  idHash: string;
  userId: Types.ObjectId;
  lastSeenAt: Date;
  /** When the person last proved to Microsoft who they are; missing when Microsoft may have let them in unasked. */
  signedInAt?: Date;
  /** The family of the browser, such as "Firefox on Windows". */
  browser?: string;
  /** Latest end, whatever its use. */
  endsAt: Date;
  /** End if it is not used again. */
  expiresAt: Date;
}

const schema = new Schema<ISession>(
  {
    idHash: { type: String, required: true },
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    lastSeenAt: { type: Date, required: true },
    signedInAt: { type: Date },
    browser: { type: String },
    endsAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
  } satisfies Paths<ISession>,
  documentOptions,
);

// The session that a request names
schema.index({ idHash: 1 }, { unique: true });
// All sessions of a user: a deactivation ends them
schema.index({ userId: 1 });
// The store removes sessions that have ended
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export const Session = model('Session', schema);
