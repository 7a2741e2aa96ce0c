import { mailboxNotFound } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { Mailbox } from '../../models/index.ts';
import { grantsAny } from '../../models/fields/mail-access.ts';
import { isNot } from '../../models/store/query-operators.ts';
import { changeAccess, type MailboxOfUser } from './change-access.ts';

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
  return { left: await handBackAndLook(mailbox, ports, AbortSignal.timeout(handBackLimitMs)) };
}

/** @returns the number of messages that stay */
async function handBackAndLook(mailbox: MailboxOfUser, ports: AccessPorts, signal: AbortSignal): Promise<number> {
  const mailboxId = mailbox.mailboxId.toString();
  const leave = () => changeAccess(mailbox, 'look');
  const { left, failure: error } = await ports.handBackStaged({ mailboxId, signal, leave });
  if (left > 0)
    ports.logger.warn('Some mail could not be restored and stays in the folder MSEDB Staging', {
      mailboxId,
      left,
      error,
    });
  return left;
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
  await changeAccess(mailbox, 'act');
  return true;
}

/**
 * Has MSEDB only look at all mailboxes, because its operator wants no other access. Mail that waits to be deleted is put
 * back first; what cannot be put back in time stays, and its owner is told.
 * @param ports undefined while there is no connection to Microsoft: then nothing can be put back
 */
export async function lookAtAll(ports: AccessPorts | undefined): Promise<void> {
  const signal = AbortSignal.timeout(handBackLimitMs);
  const acting = Mailbox.find({ access: isNot('look') }, 'userId isConnected').lean();
  for await (const { _id: mailboxId, userId, isConnected } of acting.cursor()) {
    const mailbox = { userId, mailboxId };
    const mayMove = ports !== undefined && isConnected && !signal.aborted;
    if (mayMove) await handBackAndLook(mailbox, ports, signal);
    else await changeAccess(mailbox, 'look');
  }
}
