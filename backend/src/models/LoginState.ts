import { model, Schema, type Types } from 'mongoose';
import { documentOptions, type Paths, type Timestamps } from './fields/paths.ts';

const purposes = ['sign-in', 'connect'] as const;
type LoginPurpose = (typeof purposes)[number];

/** A way to Microsoft and back that was begun and not yet finished. */
export interface ILoginState extends Timestamps {
  /** SHA-256 of the state that travels in the URLs. */
  stateHash: string;
  purpose: LoginPurpose;
  /** SHA-256 of the value that the browser which began it keeps in a cookie. */
  bindingHash: string;
  /** SHA-256 of the id of the session in which connecting was begun. */
  sessionHash?: string;
  /** For whom a mailbox is being connected. */
  userId?: Types.ObjectId;
  /** PKCE's secret half; without the code that Microsoft hands to the browser it opens nothing. */
  codeVerifier: string;
  /** Comes back inside the ID token. */
  nonce: string;
  /** Where the browser goes at the end: a path of this service. */
  returnTo?: string;
  expiresAt: Date;
}

const schema = new Schema<ILoginState>(
  {
    stateHash: { type: String, required: true },
    purpose: { type: String, enum: purposes, required: true },
    bindingHash: { type: String, required: true },
    sessionHash: { type: String },
    userId: { type: Schema.Types.ObjectId, ref: 'User' },
    codeVerifier: { type: String, required: true },
    nonce: { type: String, required: true },
    returnTo: { type: String },
    expiresAt: { type: Date, required: true },
  } satisfies Paths<ILoginState>,
  documentOptions,
);

// The state that a callback names
schema.index({ stateHash: 1 }, { unique: true });
// States that nobody came back with are removed by the store
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export const LoginState = model('LoginState', schema);
