import { Types } from 'mongoose';
import { dayMs, hourMs } from '../../../../src/lib/durations.ts';
import type { IBlindWindow, IEmailEvent } from '../../../../src/models/index.ts';
import { buildEmailEvent } from '../../../factories/email-event.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import type { Owner } from '../../../factories/owner.ts';

/** The first moment of a day some days ago, UTC. */
const start = Math.floor(Date.now() / dayMs) * dayMs - 20 * dayMs;

export const boss = { email: 'boss@fabrikam.example', domain: 'fabrikam.example' };
/** The fields that make an event one of our own actions. */
export const ours = { metadata: { automatedByRule: new Types.ObjectId(), automatedByAction: new Types.ObjectId() } };

/** Returns a moment counted in hours from the first midnight of the recorded days, UTC. */
export function at(hours: number): Date {
  return new Date(start + hours * hourMs);
}

export async function ownerWith(blindWindows: IBlindWindow[]): Promise<Owner> {
  const { userId, _id: mailboxId } = await buildMailbox({ blindWindows });
  return { userId, mailboxId };
}

export type Step = readonly [IEmailEvent['eventType'], hours: number, fields?: Partial<IEmailEvent>];

/** Stores the events of one message, sent by the boss unless `fields` say otherwise. */
export async function buildEvents(
  owner: Owner,
  messageId: string,
  steps: readonly Step[],
  fields: Partial<IEmailEvent> = {},
): Promise<void> {
  for (const [eventType, hours, more] of steps) {
    const timeToAction = eventType === 'arrived' ? {} : { timeToAction: hours * 3_600 };
    const event = { messageId, eventType, timestamp: at(hours), sender: boss, ...timeToAction, ...fields, ...more };
    await buildEmailEvent({ ...owner, ...event });
  }
}
