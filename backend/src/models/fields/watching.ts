import { Schema } from 'mongoose';
import { groupOptions, type Paths } from './paths.ts';

/** Why changes of a mailbox were not seen when they happened. */
export const blindReasons = ['disconnected', 'subscription_gone', 'service_down', 'unreadable', 'restored'] as const;

/**
 * Why a mailbox cannot be read (the first six), or is read late: Microsoft does not answer (`failing`), or some of its
 * folders are refused (`folders`).
 */
export const readFaultReasons = [
  'no_mailbox',
  'guest',
  'access_denied',
  'token_refused',
  'application_refused',
  'answer_refused',
  'failing',
  'folders',
] as const;
export type ReadFaultReason = (typeof readFaultReasons)[number];

/** What keeps a mailbox from being read; removed when it is read again. */
export interface IReadFault {
  reason: ReadFaultReason;
  /** Time of the first failure of this kind. */
  since: Date;
  /** Microsoft's code, or one of ours. */
  code?: string;
  /** Number of folders that are refused. */
  folders?: number;
  /** The reasons that its owner was told. */
  told: ReadFaultReason[];
}

/** A period in which changes of a mailbox were not seen one by one; only their sum is known. */
export interface IBlindWindow {
  from: Date;
  to: Date;
  reason: (typeof blindReasons)[number];
}

/** A period whose actions of ours the action log may lack, because an older backup of the database was restored. */
export interface IUnlogged {
  /** The last time at which the restored database was in use. */
  from: Date;
  /** When the service started with it. */
  to: Date;
}

/** Why Microsoft refuses access tokens of a mailbox. */
export interface ITokenRefusal {
  /** A short word for the cause, such as conditional_access. */
  code: string;
  /** Entra ID's number for it, such as 53003. */
  aadsts?: number;
  since: Date;
}

/** A folder that has left its place: a rule that names it goes on with the folder that has the path now. */
export interface IFormerFolder {
  id: string;
  /** Display names of the folders above it and its own, the outermost first, as long as it was in its place. */
  path: string[];
  at: Date;
}

/** The newest token of a mailbox in which MSEDB is to act lacks the permission to change mail. */
export interface IWriteLoss {
  /** When that was seen first. */
  since: Date;
  /** When its owner was told. */
  toldAt?: Date;
}

export const blindWindowSchema = new Schema<IBlindWindow>(
  {
    from: { type: Date, required: true },
    to: { type: Date, required: true },
    reason: { type: String, enum: blindReasons, required: true },
  } satisfies Paths<IBlindWindow>,
  groupOptions,
);

export const unloggedSchema = new Schema<IUnlogged>(
  {
    from: { type: Date, required: true },
    to: { type: Date, required: true },
  } satisfies Paths<IUnlogged>,
  groupOptions,
);

export const readFaultSchema = new Schema<IReadFault>(
  {
    reason: { type: String, enum: readFaultReasons, required: true },
    since: { type: Date, required: true },
    code: { type: String },
    folders: { type: Number },
    told: { type: [{ type: String, enum: readFaultReasons }] },
  } satisfies Paths<IReadFault>,
  groupOptions,
);

export const tokenRefusalSchema = new Schema<ITokenRefusal>(
  {
    code: { type: String, required: true },
    aadsts: { type: Number },
    since: { type: Date, required: true },
  } satisfies Paths<ITokenRefusal>,
  groupOptions,
);

export const writeLossSchema = new Schema<IWriteLoss>(
  {
    since: { type: Date, required: true },
    toldAt: { type: Date },
  } satisfies Paths<IWriteLoss>,
  groupOptions,
);

export const formerFolderSchema = new Schema<IFormerFolder>(
  {
    id: { type: String, required: true },
    path: { type: [{ type: String }] },
    at: { type: Date, required: true },
  } satisfies Paths<IFormerFolder>,
  groupOptions,
);
