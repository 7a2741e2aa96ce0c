import { model, Schema, type Types } from 'mongoose';
import { address } from './fields/address.ts';
import { encryptedTokensSchema, type IEncryptedTokens } from './fields/encrypted-tokens.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

const roles = ['admin', 'user'] as const;
export type Role = (typeof roles)[number];
export const aggressivenessLevels = ['conservative', 'moderate', 'aggressive'] as const;
export type Aggressiveness = (typeof aggressivenessLevels)[number];

interface IPreferences {
  /** The kill switch over all mailboxes of the user: while on, nothing is written to Graph. */
  automationPaused: boolean;
  /** Hour of the day, 0 to 23. Part of the stored format; no code acts on it. */
  workingHoursStart?: number;
  /** Hour of the day, 0 to 23. Part of the stored format; no code acts on it. */
  workingHoursEnd?: number;
  aggressiveness: Aggressiveness;
}

/** A person who signs in. The user id that other collections refer to is `_id`. */
export interface IUser extends Timestamps {
  email: string;
  /** The account at Entra ID: its directory's id, a dot, and the object id in that directory. */
  microsoftId?: string;
  /** The directory whose account an invitation is for. */
  tenantId?: string;
  displayName?: string;
  role: Role;
  isActive: boolean;
  preferences: IPreferences;
  /** Part of the stored format; no code writes or reads it: tokens belong to a Mailbox. */
  encryptedTokens?: IEncryptedTokens;
  /** Part of the stored format; no code writes or reads it: token caches belong to a Mailbox. */
  msalCache?: string;
  invitedBy?: Types.ObjectId;
  lastLoginAt?: Date;
  /** The name of the user in the organization's log, which outlives this row. */
  logId?: Types.ObjectId;
  /** Accounts, as in `microsoftId`, whose mailboxes the user has purged: signing in does not connect them again. */
  purgedMailboxes: string[];
  /** When the deletion of the account began. The next start continues an interrupted deletion. */
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
    tenantId: { type: String },
    displayName: { type: String },
    role: { type: String, enum: roles, default: 'user' },
    isActive: { type: Boolean, default: true },
    preferences: { type: preferencesSchema, default: () => ({}) },
    encryptedTokens: { type: encryptedTokensSchema },
    msalCache: { type: String },
    invitedBy: { type: Schema.Types.ObjectId, ref: 'User' },
    lastLoginAt: { type: Date },
    logId: { type: Schema.Types.ObjectId },
    purgedMailboxes: { type: [{ type: String }] },
    deletionStartedAt: { type: Date },
  } satisfies Paths<IUser>,
  documentOptions,
);

// The user of an address: invitations, and one account an address
schema.index({ email: 1 }, { unique: true });
// The user of a Microsoft account at sign-in; sparse, because an invited user has no account yet
schema.index({ microsoftId: 1 }, { unique: true, sparse: true });
// The user of an entry of the organization's log
schema.index({ logId: 1 }, { sparse: true });
// The active admins: the last one cannot leave
schema.index({ role: 1, isActive: 1 });
// Accounts whose deletion was interrupted
schema.index({ deletionStartedAt: 1 }, { sparse: true });

export const User = model('User', schema);
