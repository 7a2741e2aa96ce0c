import type { Types } from 'mongoose';
import { defined } from '../lib/defined.ts';
import { Mailbox } from '../models/index.ts';
import { promoteMaintenance, type MaintenancePorts } from './rules/rules-ports.ts';

interface Switched {
  readonly userId: string | Types.ObjectId;
  /** All mailboxes of the user when it is left out. */
  readonly mailboxId?: string;
}

/**
 * Queues the maintenance of mailboxes whose kill switch was turned: rescues are postponed, or done now. Call it after the
 * change is stored. A mailbox that cannot be queued is found within a minute.
 */
export async function followSwitch(ports: MaintenancePorts, { userId, mailboxId }: Switched): Promise<void> {
  const filter = defined<{ userId: Switched['userId']; _id?: string }>({ userId, _id: mailboxId });
  const mailboxes = await Mailbox.find({ ...filter, isConnected: true }, '_id').lean();
  await promoteMaintenance(
    ports,
    mailboxes.map(({ _id }) => _id),
  );
}
