import { AuditLog, EmailEvent } from '../../models/index.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { exists, isIn } from '../../models/store/query-operators.ts';

/**
 * Returns the ids of the messages that were rescued, or on which an act was undone: their owner has decided about
 * them, and no rule acts on them again.
 */
export async function readTakenBack(
  { mailboxId }: Pick<MailboxOwner, 'mailboxId'>,
  messageIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await AuditLog.find(
    {
      targetType: 'email',
      targetId: isIn(messageIds),
      mailboxId,
      $or: [{ action: 'email_rescued' }, { undoneAt: exists() }],
    },
    'targetId',
  ).lean();
  return new Set(rows.flatMap(({ targetId }) => targetId ?? []));
}

/** Returns the ids of the messages that no rule acts on again: those taken back, and those moved since they arrived. */
export async function readLeftAlone(owner: MailboxOwner, messageIds: readonly string[]): Promise<ReadonlySet<string>> {
  const [takenBack, moved] = await Promise.all([readTakenBack(owner, messageIds), readMoved(owner, messageIds)]);
  return new Set([...takenBack, ...moved]);
}

/** Returns the ids of the messages that were moved since they arrived: their current folder is somebody's choice. */
export async function readMoved(
  { userId, mailboxId }: MailboxOwner,
  messageIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const events = await EmailEvent.find(
    {
      userId,
      mailboxId,
      messageId: isIn(messageIds),
      eventType: isIn(['moved', 'deleted']),
    },
    'messageId',
  ).lean();
  return new Set(events.map(({ messageId }) => messageId));
}
