import type { HydratedDocument } from 'mongoose';
import { type IMailbox, Mailbox } from '../../src/models/index.ts';
import { nextNumber } from './sequence.ts';
import { buildUser } from './user.ts';

/** Stores a mailbox, and its user unless one is given. */
export async function buildMailbox(fields: Partial<IMailbox> = {}): Promise<HydratedDocument<IMailbox>> {
  const userId = fields.userId ?? (await buildUser())._id;
  return Mailbox.create({ userId, email: `mailbox${nextNumber()}@example.com`, ...fields });
}
