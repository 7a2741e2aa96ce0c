import type { FilterQuery, Types } from 'mongoose';
import { type IAuditLog, Mailbox, Rule, StagedEmail } from '../../models/index.ts';
import type { MailAccess } from '../../models/fields/mail-access.ts';
import { openStagingStatuses } from '../../models/StagedEmail.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';
import {
  closeIntent,
  type OpenIntent,
  type RecoveryReport,
  recoverIntents,
  underWayMs,
  withIntent,
} from '../../models/store/intent-log.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { isIn, isNot } from '../../models/store/query-operators.ts';

const action = 'mailbox_access_changed';

/** Identifies a mailbox, and whose it must be. */
export interface MailboxOfUser {
  readonly userId: Types.ObjectId | string;
  readonly mailboxId: Types.ObjectId | string;
}

/**
 * Stores what MSEDB may do in a mailbox, with an entry in the audit log and one notification; both survive a crash at any
 * moment. Does nothing if it is the choice already.
 */
export async function changeAccess({ userId, mailboxId }: MailboxOfUser, to: MailAccess): Promise<void> {
  const others = { _id: mailboxId, userId, access: to === 'look' ? isNot('look') : ('look' as const) };
  const row = await Mailbox.findOne(others, 'userId').lean();
  if (row === null) return;
  // an interrupted change is recognized by its time, which this one replaces
  await recoverAccessChanges(Date.now(), row._id);
  const at = new Date();
  const target = { targetType: 'mailbox', targetId: row._id.toHexString() } as const;
  const rules = await Rule.countDocuments({ mailboxId: row._id, scope: 'user', isEnabled: true });
  const details = { from: to === 'look' ? 'act' : 'look', to, rules, at };
  await withIntent({ userId: row.userId, mailboxId: row._id, action, ...target, details }, async () => {
    const { modifiedCount } = await Mailbox.updateOne(others, { $set: { access: to, accessSince: at } });
    if (modifiedCount === 0) return undefined;
    await tellOwner(row._id, { to, rules, at });
    return true;
  });
}

/**
 * Recovers changes of access that a crash left open: tells the owner of those that took effect, and removes the entries
 * of others once they are too old to be under way. Any number of processes may do it at once.
 * @param now milliseconds since the epoch
 * @param mailboxId all mailboxes if left out
 */
export function recoverAccessChanges(now: number, mailboxId?: Types.ObjectId): Promise<RecoveryReport> {
  const changes: FilterQuery<IAuditLog> = mailboxId === undefined ? { action } : { action, mailboxId };
  return recoverIntents(changes, { complete, dropBefore: new Date(now - underWayMs) });
}

async function complete({ _id, mailboxId, details }: OpenIntent): Promise<boolean> {
  const at = details?.['at'];
  const rules = details?.['rules'];
  if (mailboxId === undefined || !(at instanceof Date) || typeof rules !== 'number') return false;
  const row = await Mailbox.findById(mailboxId, 'access accessSince').lean();
  if (row?.access === undefined || row.accessSince?.getTime() !== at.getTime()) return false;
  await tellOwner(mailboxId, { to: row.access, rules, at });
  await closeIntent(_id);
  return true;
}

interface AccessChange {
  readonly to: MailAccess;
  /** Number of enabled rules in the mailbox. */
  readonly rules: number;
  readonly at: Date;
}

async function tellOwner(mailboxId: Types.ObjectId, { to, rules, at }: AccessChange): Promise<void> {
  const row = await Mailbox.findById(mailboxId, 'userId email').lean();
  if (row === null) return;
  const staged = await StagedEmail.countDocuments({ mailboxId, status: isIn(openStagingStatuses) });
  await notifyOnce(occasionId(at, ['access', mailboxId.toHexString(), to]), {
    userId: row.userId,
    mailboxIds: [mailboxId],
    type: 'system',
    priority: to === 'look' && staged > 0 ? 'high' : 'normal',
    ...noticeOf(to, row.email, { rules, staged }),
  });
}

interface NoticeCounts {
  readonly rules: number;
  /** Number of messages in the staging folder. */
  readonly staged: number;
}

function noticeOf(to: MailAccess, email: string, { rules, staged }: NoticeCounts) {
  if (to === 'act') {
    const message = `MSEDB may change mail in ${email} again. ${countOf(rules)} with mail that comes from now on.`;
    return { title: 'MSEDB acts again', message };
  }
  const waiting =
    staged === 0
      ? ''
      : ` Messages that could not be moved back, and stay in the folder MSEDB Staging without being deleted: ${staged}. ` +
        'Move them back by hand, or let MSEDB act again.';
  const message =
    `MSEDB only looks at ${email} from now on: it goes on observing and suggesting, and changes nothing. ` +
    `Rules in it that are enabled, and do nothing meanwhile: ${rules}.${waiting}`;
  return { title: 'MSEDB only looks', message };
}

function countOf(rules: number): string {
  return rules === 1 ? '1 rule goes on' : `${rules} rules go on`;
}
