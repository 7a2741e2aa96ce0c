import type { Types } from 'mongoose';
import { AuditLog, type DisconnectReason } from '../../models/index.ts';
import { recordOrgEntry } from '../../models/store/org-log.ts';

export interface ConnectionAudit {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly action: 'mailbox_connected' | 'mailbox_disconnected' | 'mailbox_renamed';
  readonly reason?: DisconnectReason;
  readonly code?: string;
  readonly aadsts?: number;
  readonly from?: string;
  readonly to?: string;
}

/** Records a change of a mailbox's connection or address in its owner's audit log. */
export async function auditConnection({ userId, mailboxId, action, ...details }: ConnectionAudit): Promise<void> {
  if (action === 'mailbox_connected') await recordOrgEntry({ kind: action, by: userId });
  await AuditLog.create({
    userId,
    mailboxId,
    action,
    targetType: 'mailbox',
    targetId: mailboxId.toHexString(),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  });
}
