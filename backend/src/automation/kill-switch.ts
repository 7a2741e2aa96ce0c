import type { Types } from 'mongoose';
import { AppError } from '../lib/errors.ts';
import { Mailbox, User } from '../models/index.ts';

/** The kill switch is on: nothing is written to the mailbox. */
export class AutomationPausedError extends AppError {
  /** @param by which switch it is, where that is known */
  constructor(by?: 'user' | 'mailbox') {
    const where = by === undefined ? '' : by === 'user' ? ' of all your mailboxes' : ' of this mailbox';
    const message = `The automation${where} is paused, and so nothing is written to it: resume it first`;
    super(409, 'automation_paused', message);
  }
}

/** What lets nothing be written to a mailbox now; undefined when nothing does. */
export async function pausedBy(mailboxId: Types.ObjectId): Promise<'user' | 'mailbox' | undefined> {
  const mailbox = await Mailbox.findById(mailboxId, 'userId settings.automationPaused').lean();
  if (mailbox === null || mailbox.settings.automationPaused) return 'mailbox';
  const user = await User.findById(mailbox.userId, 'isActive preferences.automationPaused').lean();
  return user === null || !user.isActive || user.preferences.automationPaused ? 'user' : undefined;
}

/**
 * To be called right before each request that changes mail: while the kill switch of the mailbox or of its owner is on,
 * no path writes to Graph.
 * @throws AutomationPausedError
 */
export async function requireRunning(mailboxId: Types.ObjectId): Promise<void> {
  const by = await pausedBy(mailboxId);
  if (by !== undefined) throw new AutomationPausedError(by);
}
