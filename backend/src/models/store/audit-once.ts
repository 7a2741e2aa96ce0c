import type { Types } from 'mongoose';
import { AuditLog, type IAuditLog } from '../AuditLog.ts';
import { isDuplicateKey } from './duplicate-key.ts';

/** Writes a row of the audit log once per occasion, however often it is called: `_id` identifies the occasion. */
export async function auditOnce(entry: Partial<IAuditLog> & { readonly _id: Types.ObjectId }): Promise<void> {
  try {
    await AuditLog.create(entry);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}
