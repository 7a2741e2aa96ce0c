import type { HydratedDocument } from 'mongoose';
import { type IOrgSettings, OrgSettings } from '../../src/models/index.ts';

/** Stores the settings of the organization: there is one row. */
export async function buildOrgSettings(fields: Partial<IOrgSettings> = {}): Promise<HydratedDocument<IOrgSettings>> {
  return OrgSettings.create({ key: 'organisation', ...fields });
}
