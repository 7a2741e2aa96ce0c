import { model, Schema, type Types } from 'mongoose';
import { dayMs, secondMs } from '../lib/durations.ts';
import { documentOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** Days for which entries are kept. */
const keptDays = 365;

export const orgLogKinds = [
  'signed_in',
  'sign_in_refused',
  'mailbox_connected',
  'account_bound',
  'tenant_new',
  'user_invited',
  'user_invitation_withdrawn',
  'user_address_released',
  'user_role_changed',
  'user_deactivated',
  'user_reactivated',
  'user_rebound',
  'account_deleted',
  'mailbox_merged',
  'mailbox_rebound',
  'whitelist_updated',
  'rule_created',
  'rule_updated',
  'rule_deleted',
  'rules_reordered',
  'job_retried',
  'job_promoted',
] as const;
export type OrgLogKind = (typeof orgLogKinds)[number];

/**
 * A sign-in, or an act of an admin. It outlives the account that did it, so it names people by their `logId` only: the
 * user row knows whose it is, and once that row is gone nobody does.
 */
export interface IOrgLog extends Timestamps {
  kind: OrgLogKind;
  /** The `logId` of who did it; missing for a person who was not admitted, and for the operator's commands. */
  actor?: Types.ObjectId;
  /** The `logId` of the user whom it concerns. */
  target?: Types.ObjectId;
  /** Facts whose fields depend on the kind. Never an address, and never an id of a user or mailbox. */
  details?: Record<string, unknown>;
}

const schema = new Schema<IOrgLog>(
  {
    kind: { type: String, enum: orgLogKinds, required: true },
    actor: { type: Schema.Types.ObjectId },
    target: { type: Schema.Types.ObjectId },
    details: { type: Schema.Types.Mixed },
  } satisfies Paths<IOrgLog>,
  documentOptions,
);

// All entries, newest first
schema.index({ createdAt: -1, _id: -1 });
// The entries of some kinds, newest first
schema.index({ kind: 1, createdAt: -1, _id: -1 });
// What a person did, newest first
schema.index({ actor: 1, createdAt: -1, _id: -1 });
// What was done to a person, newest first
schema.index({ target: 1, createdAt: -1, _id: -1 });
// The store removes entries that are older than the retention
schema.index({ createdAt: 1 }, { expireAfterSeconds: (keptDays * dayMs) / secondMs });

export const OrgLog = model('OrgLog', schema);
