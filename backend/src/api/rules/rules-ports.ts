import type { Types } from 'mongoose';
import type { RulePlaces } from '../../rules/places/rule-places.ts';

export interface MaintenancePorts {
  /** Queues the maintenance of a mailbox's automation; throws when Redis is unavailable. */
  readonly requestMaintenance: (mailboxId: string) => Promise<void>;
}

export interface RulePorts extends MaintenancePorts {
  /** Checks the folders of rules. */
  readonly places: RulePlaces;
}

/** The scheduled maintenance handles any further mailboxes. */
const maxPromoted = 100;

/** Queues the maintenance of these mailboxes now. The scheduled maintenance handles those that cannot be queued. */
export async function promoteMaintenance(
  { requestMaintenance }: MaintenancePorts,
  mailboxIds: readonly Types.ObjectId[],
): Promise<void> {
  const asked = mailboxIds.slice(0, maxPromoted).map(async (id) => requestMaintenance(id.toString()));
  await Promise.allSettled(asked);
}
