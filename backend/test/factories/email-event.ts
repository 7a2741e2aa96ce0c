import type { HydratedDocument } from 'mongoose';
import { EmailEvent, type IEmailEvent } from '../../src/models/index.ts';
import { ownerOf } from './owner.ts';
import { nextNumber } from './sequence.ts';

/** Stores the arrival of a message, and the mailbox it arrived in unless one is given. */
export async function buildEmailEvent(fields: Partial<IEmailEvent> = {}): Promise<HydratedDocument<IEmailEvent>> {
  const owner = await ownerOf(fields);
  return EmailEvent.create({ ...owner, messageId: `message-${nextNumber()}`, eventType: 'arrived', ...fields });
}
