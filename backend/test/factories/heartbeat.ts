import type { HydratedDocument } from 'mongoose';
import { Heartbeat, type IHeartbeat } from '../../src/models/index.ts';

/** Stores a heartbeat. */
export async function buildHeartbeat(fields: Partial<IHeartbeat> = {}): Promise<HydratedDocument<IHeartbeat>> {
  return Heartbeat.create({ key: 'service', lineage: 'lineage', beat: 1, at: new Date(), ...fields });
}
