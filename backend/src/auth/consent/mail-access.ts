import type { Types } from 'mongoose';
import { mailboxNotFound } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { AuditLog, Mailbox, Rule } from '../../models/index.ts';
import { grantsAny, type MailAccess } from '../../models/fields/mail-access.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { isNot } from '../../models/store/query-operators.ts';

/** Identifies a mailbox, and whose it must be. */
export interface MailboxOfUser {
  readonly userId: Types.ObjectId | string;
  readonly mailboxId: Types.ObjectId | string;
}

/** The work on mail that a change of access brings with it. */
export interface AccessPorts {
  /** Puts back the mail that waits to be deleted, and then calls `leave`. @returns how much of it stays, and why */
  readonly handBackStaged: (leaving: {
    readonly mailboxId: string;
    readonly signal: AbortSignal;
    readonly leave: () => Promise<void>;
  }) => Promise<{ readonly left: number; readonly failure?: unknown }>;
  /** Gives staged mail its full time again if it became due while nothing could be changed. */
  readonly extendStaged: (mailbox: MailboxOfUser) => Promise<void>;
  readonly logger: Logger;
}

/** Some 200 messages can be put back in this time; somebody waits at a browser meanwhile. */
const handBackLimitMs = 60_000;

/**
 * Has MSEDB only look at a mailbox from now on, at its owner's request: puts back the mail that waits to be deleted,
 * and then changes nothing any more. Rules stay enabled and do nothing until MSEDB may act again. Idempotent.
 * @returns the number of messages that stay in the staging folder, because they could not be moved
 * @throws NotFoundError when the user has no such mailbox
 */
export async function lookOnly(mailbox: MailboxOfUser, ports: AccessPorts): Promise<{ readonly left: number }> {
  const { userId, mailboxId } = mailbox;
  const row = await Mailbox.findOne({ _id: mailboxId, userId }, 'access').lean();
  if (row === null) throw mailboxNotFound();
  if (row.access === 'look') return { left: 0 };
  const leave = () => chooseAccess(mailbox, 'look');
  const signal = AbortSignal.timeout(handBackLimitMs);
  const { left, failure: error } = await ports.handBackStaged({ mailboxId: mailboxId.toString(), signal, leave });
  if (left > 0)
    ports.logger.warn('Some mail could not be restored and stays in the folder MSEDB Staging', {
      mailboxId: mailboxId.toString(),
      left,
      error,
    });
  return { left };
}

/**
 * Lets MSEDB act in a mailbox again: its rules go on with mail that comes from now on. Call it after its tokens were
 * stored. Idempotent.
 * @returns false when the tokens do not allow it
 */
export async function actAgain(mailbox: MailboxOfUser, ports: AccessPorts): Promise<boolean> {
  const { userId, mailboxId } = mailbox;
  const row = await Mailbox.findOne({ _id: mailboxId, userId }, 'access grantedScopes').lean();
  if (row === null || !grantsAny(row.grantedScopes ?? [], ['Mail.ReadWrite'])) return false;
  if (row.access !== 'look') return true;
  await ports.extendStaged(mailbox);
  await chooseAccess(mailbox, 'act');
  return true;
}

/** Has MSEDB only look at all mailboxes, because its operator wants no other access. Staged mail waits. */
export async function lookAtAll(): Promise<void> {
  const acting = Mailbox.find({ access: isNot('look') }, 'userId').lean();
  for await (const { _id: mailboxId, userId } of acting.cursor()) await chooseAccess({ userId, mailboxId }, 'look');
}

/** Stores the choice, with a line in the audit log and one notification. Does nothing if it is the choice already. */
async function chooseAccess({ userId, mailboxId }: MailboxOfUser, to: MailAccess): Promise<void> {
  const from: MailAccess = to === 'look' ? 'act' : 'look';
  const at = new Date();
  const row = await Mailbox.findOneAndUpdate(
    { _id: mailboxId, userId, access: to === 'look' ? isNot('look') : 'look' },
    { $set: { access: to, accessSince: at } },
  ).lean();
  if (row === null) return;
  const target = { targetType: 'mailbox', targetId: row._id.toHexString() } as const;
  const rules = await Rule.countDocuments({ mailboxId: row._id, scope: 'user', isEnabled: true });
  const details = { from, to, rules };
  await AuditLog.create({
    userId: row.userId,
    mailboxId: row._id,
    action: 'mailbox_access_changed',
    ...target,
    details,
  });
  await notifyOnce(occasionId(at, ['access', row._id.toHexString(), to]), {
    userId: row.userId,
    mailboxIds: [row._id],
    type: 'system',
    priority: 'normal',
    ...noticeOf(to, row.email, rules),
  });
}

function noticeOf(to: MailAccess, email: string, rules: number) {
  if (to === 'act') {
    const message = `MSEDB may change mail in ${email} again. ${countOf(rules)} with mail that comes from now on.`;
    return { title: 'MSEDB acts again', message };
  }
  const message =
    `MSEDB only looks at ${email} from now on: it goes on observing and suggesting, and changes nothing. ` +
    `Rules in it that are enabled, and do nothing meanwhile: ${rules}.`;
  return { title: 'MSEDB only looks', message };
}

function countOf(rules: number): string {
  return rules === 1 ? '1 rule goes on' : `${rules} rules go on`;
}
