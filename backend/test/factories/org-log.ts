import type { HydratedDocument } from 'mongoose';
import { type IOrgLog, OrgLog } from '../../src/models/index.ts';

/** Stores an entry of the organization's log. */
export async function buildOrgLog(fields: Partial<IOrgLog> = {}): Promise<HydratedDocument<IOrgLog>> {
  return OrgLog.create({ kind: 'signed_in', ...fields });
}
