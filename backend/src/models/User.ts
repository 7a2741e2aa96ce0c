import { model, Schema, type Types } from 'mongoose';
import { address } from './fields/address.ts';
import { encryptedTokensSchema, type IEncryptedTokens } from './fields/encrypted-tokens.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

const roles = ['admin', 'user'] as const;
export type Role = (typeof roles)[number];
const aggressivenessLevels = ['conservative', 'moderate', 'aggressive'] as const;

interface IPreferences {
  /** The kill switch over all mailboxes of the user: while on, nothing is written to Graph. */
  automationPaused: boolean;
  /** Hour of the day, 0 to 23. */
  workingHoursStart?: number;
  /** Hour of the day, 0 to 23. */
  workingHoursEnd?: number;
  aggressiveness: (typeof aggressivenessLevels)[number];
}

/** A person who signs in. The user id that other collections refer to is `_id`. */
export interface IUser extends Timestamps {
  email: string;
  /** The account at Entra ID: its directory's id, a dot, and the object id in that directory. */
  microsoftId?: string;
  displayName?: string;
  role: Role;
  isActive: boolean;
  preferences: IPreferences;
  encryptedTokens?: IEncryptedTokens;
  /** MSAL's token cache in the form that MSAL serializes. */
  msalCache?: string;
  invitedBy?: Types.ObjectId;
  lastLoginAt?: Date;
  /** When the deletion of the account began: one that was cut short goes on at the next start. */
  deletionStartedAt?: Date;
}

const preferencesSchema = new Schema<IPreferences>(
  {
    automationPaused: { type: Boolean, default: false },
    workingHoursStart: { type: Number },
    workingHoursEnd: { type: Number },
    aggressiveness: { type: String, enum: aggressivenessLevels, default: 'moderate' },
  } satisfies Paths<IPreferences>,
  groupOptions,
);

const schema = new Schema<IUser>(
  {
    email: { ...address, required: true },
    microsoftId: { type: String },
    displayName: { type: String },
    role: { type: String, enum: roles, default: 'user' },
    isActive: { type: Boolean, default: true },
    preferences: { type: preferencesSchema, default: () => ({}) },
    encryptedTokens: { type: encryptedTokensSchema },
    msalCache: { type: String },
    invitedBy: { type: Schema.Types.ObjectId, ref: 'User' },
    lastLoginAt: { type: Date },
    deletionStartedAt: { type: Date },
  } satisfies Paths<IUser>,
  documentOptions,
);

// The user of an address: invitations, and one account an address
schema.index({ email: 1 }, { unique: true });
// The user of a Microsoft account at sign-in; sparse, because an invited user has no account yet
schema.index({ microsoftId: 1 }, { unique: true, sparse: true });
// Whether an active admin is left
schema.index({ role: 1, isActive: 1 });
// Accounts whose deletion is to go on
schema.index({ deletionStartedAt: 1 }, { sparse: true });

export const User = model('User', schema);
