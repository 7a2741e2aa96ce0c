import type { HydratedDocument } from 'mongoose';
import { AuditLog, type IAuditLog } from '../../src/models/index.ts';
import { buildUser } from './user.ts';

/** Stores that a rule was made, and the user who made it unless one is given. */
export async function buildAuditLog(fields: Partial<IAuditLog> = {}): Promise<HydratedDocument<IAuditLog>> {
  const userId = fields.userId ?? (await buildUser())._id;
  return AuditLog.create({ userId, action: 'rule_created', targetType: 'rule', ...fields });
}
