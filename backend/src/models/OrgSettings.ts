import { model, Schema } from 'mongoose';
import { address } from './fields/address.ts';
import { documentOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** Settings for all users, made by admins. There is one row. */
export interface IOrgSettings extends Timestamps {
  /** Marks the one row. */
  key: 'organisation';
  /** Addresses whose mail no rule touches. */
  whitelistedSenders: string[];
  /** Domains whose mail no rule touches. */
  whitelistedDomains: string[];
}

const schema = new Schema<IOrgSettings>(
  {
    key: { type: String, enum: ['organisation'], required: true },
    whitelistedSenders: { type: [address] },
    whitelistedDomains: { type: [address] },
  } satisfies Paths<IOrgSettings>,
  documentOptions,
);

// The one row
schema.index({ key: 1 }, { unique: true });

export const OrgSettings = model('OrgSettings', schema);
