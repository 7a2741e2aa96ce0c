import type { Types } from 'mongoose';
import { AppError } from '../lib/errors.ts';
import { Mailbox, User } from '../models/index.ts';
import { mayAct } from '../models/fields/mail-access.ts';
import { WriteAccessNeededError } from '../rules/write-access.ts';

/** What keeps MSEDB from writing to a mailbox: a kill switch, or that it only looks at it. */
export type HeldBy = 'user' | 'mailbox' | 'access';

/** The kill switch is on: nothing is written to the mailbox. */
export class AutomationPausedError extends AppError {
  /** @param by whose switch it is, if known */
  constructor(by?: 'user' | 'mailbox') {
    const where = by === undefined ? '' : by === 'user' ? ' of all your mailboxes' : ' of this mailbox';
    const message = `Automation${where} is paused: resume it first`;
    super(409, 'automation_paused', message);
  }
}

/** Returns what keeps MSEDB from writing to a mailbox; undefined if nothing does. Of several, the access counts first. */
export async function pausedBy(mailboxId: Types.ObjectId): Promise<HeldBy | undefined> {
  const mailbox = await Mailbox.findById(mailboxId, 'userId settings.automationPaused access grantedScopes').lean();
  if (mailbox === null) return 'mailbox';
  if (!mayAct(mailbox)) return 'access';
  if (mailbox.settings.automationPaused) return 'mailbox';
  const user = await User.findById(mailbox.userId, 'isActive preferences.automationPaused').lean();
  return user === null || !user.isActive || user.preferences.automationPaused ? 'user' : undefined;
}

/** Tells if an error is one of `requireRunning`: then nothing was written, and nothing is until the owner allows it. */
export function isHeldError(error: unknown): error is AutomationPausedError | WriteAccessNeededError {
  return error instanceof AutomationPausedError || error instanceof WriteAccessNeededError;
}

/** Returns the error for work that was held while it was under way, by what holds the mailbox now. */
export async function heldError(mailboxId: Types.ObjectId): Promise<AppError> {
  const by = await pausedBy(mailboxId);
  return by === 'access' ? new WriteAccessNeededError(mailboxId) : new AutomationPausedError(by);
}

/**
 * Checks that no kill switch is on and that mail may be changed. Must be called right before each request to Graph that
 * changes mail.
 * @throws AutomationPausedError; WriteAccessNeededError
 */
export async function requireRunning(mailboxId: Types.ObjectId): Promise<void> {
  const by = await pausedBy(mailboxId);
  if (by === 'access') throw new WriteAccessNeededError(mailboxId);
  if (by !== undefined) throw new AutomationPausedError(by);
}
