import type { Types } from 'mongoose';
import { AppError } from '../lib/errors.ts';
import { Mailbox } from '../models/index.ts';
import { mayAct } from '../models/fields/mail-access.ts';

/** MSEDB only looks at a mailbox: its owner must let it act first. `details` tell where. */
export class WriteAccessNeededError extends AppError {
  constructor(mailboxId: Types.ObjectId | string) {
    const message =
      'MSEDB only looks at this mailbox and may not change its mail. Allow it to act first, and repeat this request';
    super(409, 'write_access_needed', message, { details: writeAccessDetails(mailboxId.toString()) });
  }
}

function writeAccessDetails(mailboxId: string) {
  return {
    mailboxId,
    /** For any mailbox: the answer has the address at Microsoft. `returnTo` can be added. */
    allow: { method: 'POST', path: `/api/mailboxes/${mailboxId}/access`, body: { access: 'act' } },
    /** For the mailbox of the account that a person signs in with. `returnTo` can be added. */
    signIn: '/auth/login?access=act',
  };
}

/** Returns whether mail of a mailbox may be changed. False for a mailbox that does not exist. */
async function hasWriteAccess(mailboxId: Types.ObjectId | string): Promise<boolean> {
  const mailbox = await Mailbox.findById(mailboxId, 'access grantedScopes').lean();
  return mailbox !== null && mayAct(mailbox);
}

/**
 * Checks that mail of a mailbox may be changed, before anything is decided that changes it.
 * @throws WriteAccessNeededError
 */
export async function requireWriteAccess(mailboxId: Types.ObjectId | string): Promise<void> {
  if (!(await hasWriteAccess(mailboxId))) throw new WriteAccessNeededError(mailboxId);
}
