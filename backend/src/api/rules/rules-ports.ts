import type { Types } from 'mongoose';

export interface RulePorts {
  /** Has the housekeeping of a mailbox's automation run as soon as a worker is free; throws when it cannot be asked for. */
  readonly requestHousekeeping: (mailboxId: string) => Promise<void>;
}

/** Every mailbox has its housekeeping regularly: these need not wait for it, the others may. */
const maxHastened = 100;

/** Has what is marked done soon. Where it cannot be asked for now, the regular housekeeping does it. */
export async function hasten({ requestHousekeeping }: RulePorts, mailboxIds: readonly Types.ObjectId[]): Promise<void> {
  const asked = mailboxIds.slice(0, maxHastened).map(async (id) => requestHousekeeping(id.toString()));
  await Promise.allSettled(asked);
}
