import type { Types } from 'mongoose';
import { dayMs, hourMs } from '../../lib/durations.ts';
import type { Logger } from '../../lib/logger.ts';
import { type IReadFault, type ReadFaultReason, User } from '../../models/index.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { isNot } from '../../models/store/query-operators.ts';
import { faultWords } from './fault-words.ts';
import { isUnreadable } from './read-fault.ts';

/** A mailbox that is merely read late is told of after this time: most such failures pass within minutes. */
const patienceMs = hourMs;

export interface ToldMailbox {
  readonly _id: Types.ObjectId;
  readonly userId: Types.ObjectId;
  readonly email: string;
}

/** Tells if the owner is to be told of a fault now. @param now milliseconds since the epoch */
export function isDueToTell({ reason, since, told }: IReadFault, now: number): boolean {
  if (told.includes(reason)) return false;
  return isUnreadable(reason) || now - since.getTime() >= patienceMs;
}

/**
 * Tells the owner of a mailbox that it cannot be read, or is read late; and the admins when only the operator can help,
 * once a day for all mailboxes. Doing it again tells nobody twice.
 */
export async function tellFault(
  mailbox: ToldMailbox,
  { reason, since, code }: IReadFault,
  { logger, now }: { readonly logger: Logger; readonly now: number },
): Promise<void> {
  const { mustAct, explanation } = faultWords[reason];
  const mailboxId = mailbox._id.toHexString();
  const isNew = await notifyOnce(occasionId(since, ['mailbox fault', mailboxId, reason]), {
    userId: mailbox.userId,
    mailboxIds: [mailbox._id],
    type: 'system',
    priority: isUnreadable(reason) ? 'high' : 'normal',
    title: isUnreadable(reason) ? 'A mailbox cannot be read' : 'A mailbox is read late',
    message: `${mailbox.email}: ${explanation}`,
  });
  if (mustAct === 'operator') await tellAdmins(mailbox, reason, now);
  if (!isNew) return;
  const facts = { mailboxId, reason, code, since, mustAct };
  const message = isUnreadable(reason) ? 'A mailbox cannot be read' : 'A mailbox is read late';
  if (mustAct === 'operator') logger.error(message, facts);
  else logger.warn(message, facts);
}

/** Tells the owner that a mailbox is read again. Doing it again tells nobody twice. */
export async function tellEnd(mailbox: ToldMailbox, { reason, since }: IReadFault, logger: Logger): Promise<void> {
  const mailboxId = mailbox._id.toHexString();
  const isNew = await notifyOnce(occasionId(since, ['mailbox fault ended', mailboxId]), {
    userId: mailbox.userId,
    mailboxIds: [mailbox._id],
    type: 'system',
    priority: 'normal',
    title: 'A mailbox is read again',
    message: `${mailbox.email} is read again. What changed in the meantime is found, but not when it happened.`,
  });
  if (isNew) logger.info('A mailbox is read again', { mailboxId, reason, since });
}

async function tellAdmins({ userId: owner }: ToldMailbox, reason: ReadFaultReason, now: number): Promise<void> {
  const day = new Date(Math.floor(now / dayMs) * dayMs);
  const admins = await User.find({ _id: isNot(owner), role: 'admin', isActive: true }, '_id').lean();
  for (const { _id: userId } of admins) {
    await notifyOnce(occasionId(day, ['mailbox faults', userId.toHexString(), reason]), {
      userId,
      type: 'system',
      priority: 'high',
      title: 'Mailboxes cannot be read',
      message: `At least one mailbox is affected; the log names it. ${faultWords[reason].explanation}`,
    });
  }
}
