import { model, Schema, type Types } from 'mongoose';
import { type MailAccess, mailAccesses } from './fields/mail-access.ts';
import { documentOptions, type Paths, type Timestamps } from './fields/paths.ts';

const purposes = ['sign-in', 'connect'] as const;
type LoginPurpose = (typeof purposes)[number];

/** A sign-in at Microsoft that has started and is not finished. */
export interface ILoginState extends Timestamps {
  /** SHA-256 of the state that travels in the URLs. */
  stateHash: string;
  purpose: LoginPurpose;
  /** SHA-256 of the value in a cookie of the browser that started it. */
  bindingHash: string;
  /** SHA-256 of the id of the session that started to connect a mailbox. */
  sessionHash?: string;
  /** The user for whom a mailbox is connected. */
  userId?: Types.ObjectId;
  /** PKCE's code verifier; useless without the code that Microsoft gives the browser. */
  codeVerifier: string;
  /** The ID token must contain it. */
  nonce: string;
  /** The mailbox whose account must come back; any account if left out. */
  mailboxId?: Types.ObjectId;
  /** What the tokens are asked for. */
  access?: MailAccess;
  /** True when the person has named it; otherwise it is the default, and changes no mailbox that is known. */
  isAccessChosen?: boolean;
  /** Set when Microsoft was asked to have the person prove anew who they are. */
  prompt?: 'login';
  /** The path of this service to which the browser returns. */
  returnTo?: string;
  /** The address that Microsoft's page suggests, for asking once more. */
  loginHint?: string;
  /** True when only the permissions that nothing works without are asked for. */
  onlyRequired?: boolean;
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
    mailboxId: { type: Schema.Types.ObjectId, ref: 'Mailbox' },
    access: { type: String, enum: mailAccesses },
    isAccessChosen: { type: Boolean },
    prompt: { type: String, enum: ['login'] },
    returnTo: { type: String },
    loginHint: { type: String },
    onlyRequired: { type: Boolean },
    expiresAt: { type: Date, required: true },
  } satisfies Paths<ILoginState>,
  documentOptions,
);

// The state that a callback names
schema.index({ stateHash: 1 }, { unique: true });
// The store removes states whose sign-in was not finished
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export const LoginState = model('LoginState', schema);
