import type { Types } from 'mongoose';
import { AppError } from '../lib/errors.ts';
import { Mailbox, User } from '../models/index.ts';

/** The kill switch is on: nothing is written to the mailbox. */
export class AutomationPausedError extends AppError {
  /** @param by whose switch it is, if known */
  constructor(by?: 'user' | 'mailbox') {
    const where = by === undefined ? '' : by === 'user' ? ' of all your mailboxes' : ' of this mailbox';
    const message = `Automation${where} is paused: resume it first`;
    super(409, 'automation_paused', message);
  }
}

/** Returns the kill switch that is on for a mailbox; undefined if none is. */
export async function pausedBy(mailboxId: Types.ObjectId): Promise<'user' | 'mailbox' | undefined> {
  const mailbox = await Mailbox.findById(mailboxId, 'userId settings.automationPaused').lean();
  if (mailbox === null || mailbox.settings.automationPaused) return 'mailbox';
  const user = await User.findById(mailbox.userId, 'isActive preferences.automationPaused').lean();
  return user === null || !user.isActive || user.preferences.automationPaused ? 'user' : undefined;
}

/**
 * Checks that no kill switch is on. Must be called right before each request to Graph that changes mail.
 * @throws AutomationPausedError
 */
export async function requireRunning(mailboxId: Types.ObjectId): Promise<void> {
  const by = await pausedBy(mailboxId);
  if (by !== undefined) throw new AutomationPausedError(by);
}
