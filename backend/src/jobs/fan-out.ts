import type { Queue } from 'bullmq';
import { addMailboxJob } from './mailbox-jobs.ts';
import type { QueueDefinition } from './registry.ts';

export interface FanOut {
  readonly queue: Queue;
  readonly definition: QueueDefinition;
  readonly mailboxIds: AsyncIterable<{ toString(): string }>;
  /** The jobs start at random within this time, which spreads the load on Microsoft. */
  readonly spreadMs: number;
}

/**
 * Adds one job for each mailbox, unless one is waiting already.
 * @returns the number of mailboxes
 */
export async function fanOut({ queue, definition, mailboxIds, spreadMs }: FanOut): Promise<number> {
  let mailboxes = 0;
  for await (const id of mailboxIds) {
    const delayMs = Math.round(Math.random() * spreadMs);
    await addMailboxJob({ queue, definition, mailboxId: id.toString(), delayMs });
    mailboxes += 1;
  }
  return mailboxes;
}
