import { model, Schema, type Types } from 'mongoose';
import { address } from './address.ts';
import { encryptedTokensSchema, type IEncryptedTokens } from './encrypted-tokens.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './paths.ts';

/** Why nothing is done with a mailbox until its owner connects it again. */
const disconnectReasons = ['sign_in_required', 'tokens_unreadable', 'by_user'] as const;
export type DisconnectReason = (typeof disconnectReasons)[number];

interface IMailboxSettings {
  /** The kill switch of this mailbox: while on, nothing is written to it. */
  automationPaused: boolean;
  /** Addresses whose mail no rule touches. */
  whitelistedSenders: string[];
  /** Domains whose mail no rule touches. */
  whitelistedDomains: string[];
}

/** A Microsoft 365 mailbox that a user has connected. */
export interface IMailbox extends Timestamps {
  userId: Types.ObjectId;
  email: string;
  displayName?: string;
  /** The Entra ID directory that the mailbox belongs to. */
  tenantId?: string;
  isConnected: boolean;
  /** When it was connected last: tokens from before belong to another grant. */
  connectedAt?: Date;
  disconnectedAt?: Date;
  disconnectReason?: DisconnectReason;
  encryptedTokens?: IEncryptedTokens;
  /** MSAL's token cache in the form that MSAL serializes, sealed by the token vault. */
  msalCache?: string;
  /** Counts the changes of msalCache, so that a writer notices one that it has not seen. */
  msalCacheVersion: number;
  lastSyncAt?: Date;
  /** Graph's delta link of each folder, by folder id. A key must not contain a dot; Graph's ids have none. */
  deltaLinks: Map<string, string>;
  settings: IMailboxSettings;
}

const settingsSchema = new Schema<IMailboxSettings>(
  {
    automationPaused: { type: Boolean, default: false },
    whitelistedSenders: { type: [address] },
    whitelistedDomains: { type: [address] },
  } satisfies Paths<IMailboxSettings>,
  groupOptions,
);

const schema = new Schema<IMailbox>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    email: { ...address, required: true },
    displayName: { type: String },
    tenantId: { type: String },
    isConnected: { type: Boolean, default: true },
    connectedAt: { type: Date },
    disconnectedAt: { type: Date },
    disconnectReason: { type: String, enum: disconnectReasons },
    encryptedTokens: { type: encryptedTokensSchema },
    msalCache: { type: String },
    msalCacheVersion: { type: Number, default: 0 },
    lastSyncAt: { type: Date },
    deltaLinks: { type: Map, of: String, default: () => new Map() },
    settings: { type: settingsSchema, default: () => ({}) },
  } satisfies Paths<IMailbox>,
  documentOptions,
);

// A mailbox of a user by its address: connecting it a second time finds the first
schema.index({ userId: 1, email: 1 }, { unique: true });
// All mailboxes of a user
schema.index({ userId: 1 });
// The connected mailboxes, page by page: rounds over all of them
schema.index({ isConnected: 1, _id: 1 });

export const Mailbox = model('Mailbox', schema);
