import { type IRuleOrder, type ISuspendedRule, ruleOrderSchema, suspendedRuleSchema } from './fields/mailbox-rules.ts';
import { type ITimedRule, timedRuleSchema } from './fields/rule-trigger.ts';
import { model, Schema, type Types } from 'mongoose';
import { address, domain } from './fields/address.ts';
import { type MailAccess, mailAccesses } from './fields/mail-access.ts';
import { encryptedTokensSchema, type IEncryptedTokens } from './fields/encrypted-tokens.ts';
import { type IRuleAnswer, ruleAnswerSchema } from './fields/rule-answers.ts';
import {
  blindWindowSchema,
  formerFolderSchema,
  type IBlindWindow,
  type IFormerFolder,
  type IReadFault,
  type ITokenRefusal,
  type IWriteLoss,
  type IUnlogged,
  readFaultSchema,
  tokenRefusalSchema,
  writeLossSchema,
  unloggedSchema,
} from './fields/watching.ts';
import { signalMailboxUpdate } from './store/change-signal.ts';
import { documentOptions, groupOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** Why a mailbox is disconnected until its owner connects it again. */
const disconnectReasons = ['sign_in_required', 'tokens_unreadable', 'by_user'] as const;
export type DisconnectReason = (typeof disconnectReasons)[number];

/**
 * The well-known folders that observation tells apart; an ordinary folder has no kind. `recoverable`: where deleted mail
 * lies until its retention ends.
 */
export const folderKinds = ['inbox', 'archive', 'deleted', 'junk', 'drafts', 'outbox', 'sent', 'recoverable'] as const;
export type WellKnownKind = (typeof folderKinds)[number];

/** A folder of a mailbox, as Graph last described it. */
export interface IMailFolder {
  id: string;
  displayName: string;
  parentFolderId?: string;
  kind?: WellKnownKind;
  /** True when no list of folders shows it: it was asked for by id, and is neither read nor offered. */
  isHidden?: boolean;
}

/** A process's exclusive right to a mailbox for one purpose. `holder` is a fencing token: only its owner writes. */
interface ILease {
  holder: string;
  until: Date;
}

/** The progress of a synchronization of the whole mailbox. */
interface ISyncProgress {
  startedAt: Date;
  finishedAt?: Date;
  foldersTotal: number;
  foldersDone: number;
  messagesSeen: number;
  /** Messages and folders that could not be understood, and were skipped. */
  unreadable?: number;
  /** Paths of their fields, or Graph's codes; no values. */
  unreadableFields?: string[];
  /** Ids of the folders whose link was refused and that were begun anew: once in a cycle. */
  begunAnew?: string[];
  /** Ids of the folders that are refused. */
  refusedFolders?: string[];
}

/** Sums of distributions over rates, of all senders and of each class of mail. */
interface ILevels {
  all: number[];
  classes: Record<string, number[]>;
}

/** The last analysis that read the whole mailbox, as later analyses need it. */
interface IAnalysis {
  /** The time of the analysis. */
  fullAt: Date;
  /** A hash of everything beside the events that votes depend on. If it changes, the whole mailbox is read again. */
  basis: string;
  /** Number of possible patterns with enough mail to be judged. */
  tested: number;
  /** What is known of the mailbox above its senders, by action; missing in older rows. */
  levels?: Record<string, ILevels[]>;
}

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
  /** The account in that directory: together they are the mailbox's identity, which no change of address alters. */
  objectId?: string;
  isConnected: boolean;
  /** Time of the last connection: earlier tokens belong to another grant. */
  connectedAt?: Date;
  disconnectedAt?: Date;
  disconnectReason?: DisconnectReason;
  /** Set while Microsoft refuses access tokens although the grant may be good: an admin must act, not the owner. */
  tokenRefusal?: ITokenRefusal;
  encryptedTokens?: IEncryptedTokens;
  /** What its owner lets MSEDB do; absent in rows from before the choice existed, which act. */
  access?: MailAccess;
  /** Time of that choice. */
  accessSince?: Date;
  /** The scopes of the newest access token, as Microsoft wrote them; absent or empty while they are not known. */
  grantedScopes?: string[];
  /** Time at which that token was given. */
  scopesAt?: Date;
  /** Set while the newest token does not allow what its owner has chosen. */
  writeLoss?: IWriteLoss;
  /** MSAL's token cache in the form that MSAL serializes, sealed by the token vault. */
  msalCache?: string;
  /** Counts the changes of msalCache (optimistic concurrency). */
  msalCacheVersion: number;
  lastSyncAt?: Date;
  /** Graph's delta link of each folder, by folder id. A key must not contain a dot; Graph's ids have none. */
  deltaLinks: Map<string, string>;
  /** Start of the cycle that reads a whole folder, by folder id, as an ISO date; absent while only changes are read. */
  fullRounds: Map<string, string>;
  folders: IMailFolder[];
  /** The folder in which mail waits to be deleted. */
  stagingFolderId?: string;
  /** Start of monitoring. Mail received earlier was found in place. */
  watchedSince?: Date;
  /** The key of `identityHash` of its messages: random, and the same for as long as the mailbox is known. */
  identityKey?: string;
  syncProgress?: ISyncProgress;
  /** The lease for synchronization. */
  syncLease?: ILease;
  /** Time of the next synchronization; a mailbox without it is due now. */
  nextSyncAt?: Date;
  syncIntervalMs?: number;
  readFault?: IReadFault;
  /** Newest last; the oldest are dropped. */
  blindWindows: IBlindWindow[];
  /** Set until the mailbox has been read completely since. */
  unlogged?: IUnlogged;
  /** Time of the last pattern analysis. */
  lastAnalyzedAt?: Date;
  analysis?: IAnalysis;
  /** The lease for changes of its mail in Graph. */
  writeLease?: ILease;
  ruleOrder?: IRuleOrder;
  suspendedRules?: ISuspendedRule[];
  timedRules?: ITimedRule[];
  /** Moments of timed rules up to this time were missed while the mailbox was paused, in our time. */
  timedRulesSince?: Date;
  /** The owner's answers to rules of the organization, one for a rule. */
  ruleAnswers?: IRuleAnswer[];
  /** Definitions of the organization's rules that the owner was told of: see rules/organization/acceptance.ts. */
  toldRules?: string[];
  /** Newest last; the oldest are dropped. */
  formerFolders?: IFormerFolder[];
  /** Time of the last undo drill. */
  lastDrillAt?: Date;
  settings: IMailboxSettings;
}

const settingsSchema = new Schema<IMailboxSettings>(
  {
    automationPaused: { type: Boolean, default: false },
    whitelistedSenders: { type: [address] },
    whitelistedDomains: { type: [domain] },
  } satisfies Paths<IMailboxSettings>,
  groupOptions,
);

const folderSchema = new Schema<IMailFolder>(
  {
    id: { type: String, required: true },
    displayName: { type: String, required: true },
    parentFolderId: { type: String },
    kind: { type: String, enum: folderKinds },
    isHidden: { type: Boolean },
  } satisfies Paths<IMailFolder>,
  groupOptions,
);

const leaseSchema = new Schema<ILease>(
  {
    holder: { type: String, required: true },
    until: { type: Date, required: true },
  } satisfies Paths<ILease>,
  groupOptions,
);

const syncProgressSchema = new Schema<ISyncProgress>(
  {
    startedAt: { type: Date, required: true },
    finishedAt: { type: Date },
    foldersTotal: { type: Number, required: true },
    foldersDone: { type: Number, required: true },
    messagesSeen: { type: Number, required: true },
    unreadable: { type: Number },
    unreadableFields: { type: [{ type: String }] },
    begunAnew: { type: [{ type: String }] },
    refusedFolders: { type: [{ type: String }] },
  } satisfies Paths<ISyncProgress>,
  groupOptions,
);

const analysisSchema = new Schema<IAnalysis>(
  {
    fullAt: { type: Date, required: true },
    basis: { type: String, required: true },
    tested: { type: Number, required: true },
    levels: { type: Schema.Types.Mixed },
  } satisfies Paths<IAnalysis>,
  groupOptions,
);

const schema = new Schema<IMailbox>(
  {
    userId: { type: Schema.Types.ObjectId, ref: 'User', required: true },
    email: { ...address, required: true },
    displayName: { type: String },
    tenantId: { type: String },
    objectId: { type: String },
    isConnected: { type: Boolean, default: true },
    connectedAt: { type: Date },
    disconnectedAt: { type: Date },
    disconnectReason: { type: String, enum: disconnectReasons },
    tokenRefusal: { type: tokenRefusalSchema },
    encryptedTokens: { type: encryptedTokensSchema },
    access: { type: String, enum: mailAccesses },
    accessSince: { type: Date },
    grantedScopes: { type: [{ type: String }] },
    scopesAt: { type: Date },
    writeLoss: { type: writeLossSchema },
    msalCache: { type: String },
    msalCacheVersion: { type: Number, default: 0 },
    lastSyncAt: { type: Date },
    deltaLinks: { type: Map, of: String, default: () => new Map() },
    fullRounds: { type: Map, of: String, default: () => new Map() },
    folders: { type: [folderSchema] },
    stagingFolderId: { type: String },
    watchedSince: { type: Date },
    identityKey: { type: String },
    syncProgress: { type: syncProgressSchema },
    syncLease: { type: leaseSchema },
    nextSyncAt: { type: Date },
    syncIntervalMs: { type: Number },
    readFault: { type: readFaultSchema },
    blindWindows: { type: [blindWindowSchema] },
    unlogged: { type: unloggedSchema },
    lastAnalyzedAt: { type: Date },
    analysis: { type: analysisSchema },
    writeLease: { type: leaseSchema },
    ruleOrder: { type: ruleOrderSchema },
    suspendedRules: { type: [suspendedRuleSchema] },
    timedRules: { type: [timedRuleSchema] },
    timedRulesSince: { type: Date },
    ruleAnswers: { type: [ruleAnswerSchema] },
    toldRules: { type: [{ type: String }] },
    formerFolders: { type: [formerFolderSchema] },
    lastDrillAt: { type: Date },
    settings: { type: settingsSchema, default: () => ({}) },
  } satisfies Paths<IMailbox>,
  documentOptions,
);

// few mailboxes have a timed rule: Mongoose would store an empty list
schema.path('timedRules').default(undefined);

// A mailbox of a user by its address: no two of them show the same
schema.index({ userId: 1, email: 1 }, { unique: true });
// A mailbox of a user by its identity: connecting it a second time finds the first, whatever it is called by then
schema.index(
  { userId: 1, tenantId: 1, objectId: 1 },
  { unique: true, partialFilterExpression: { objectId: { $exists: true } } },
);
// All mailboxes of a user
schema.index({ userId: 1 });
// The connected mailboxes, page by page: jobs over all of them
schema.index({ isConnected: 1, _id: 1 });
// The connected mailboxes that are due for synchronization
schema.index({ isConnected: 1, nextSyncAt: 1 });

// Pages are told at once of what they show
schema.post(['updateOne', 'findOneAndUpdate'], { query: true, document: false }, function signal() {
  signalMailboxUpdate(this.getFilter(), this.getUpdate());
});

export const Mailbox = model('Mailbox', schema);
