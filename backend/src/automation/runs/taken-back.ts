import mongoose, { type Types } from 'mongoose';
import { AuditLog } from '../../models/index.ts';

/**
 * Those of the messages that were rescued, or of which an act was undone: their owner has decided, and no rule comes
 * back to them.
 */
export async function readTakenBack(
  mailboxId: Types.ObjectId,
  messageIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await AuditLog.find(
    {
      targetType: 'email',
      targetId: mongoose.trusted({ $in: messageIds }),
      mailboxId,
      $or: [{ action: 'email_rescued' }, { undoneAt: mongoose.trusted({ $exists: true }) }],
    },
    'targetId',
  ).lean();
  return new Set(rows.flatMap(({ targetId }) => targetId ?? []));
}
