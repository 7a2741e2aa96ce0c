import type { Types } from 'mongoose';

export interface RulePorts {
  /** Has the maintenance of a mailbox's automation run as soon as a worker is free; throws when it cannot be asked for. */
  readonly requestMaintenance: (mailboxId: string) => Promise<void>;
}

/** Every mailbox has its maintenance regularly: these need not wait for it, the others may. */
const maxPromoted = 100;

/** Has what is marked done soon. Where it cannot be asked for now, the regular maintenance does it. */
export async function promoteMaintenance(
  { requestMaintenance }: RulePorts,
  mailboxIds: readonly Types.ObjectId[],
): Promise<void> {
  const asked = mailboxIds.slice(0, maxPromoted).map(async (id) => requestMaintenance(id.toString()));
  await Promise.allSettled(asked);
}
