import type { Queue } from 'bullmq';
import type { QueueDefinition } from './registry.ts';

/**
 * A 429's Retry-After can outlast three attempts at 5 s; eight of them span about ten minutes.
 * The jitter keeps mailboxes that failed together from coming back together.
 */
const childOptions = { attempts: 8, backoff: { type: 'exponential', delay: 5_000, jitter: 0.5 } } as const;

export interface FanOut {
  readonly queue: Queue;
  readonly definition: QueueDefinition;
  readonly mailboxIds: AsyncIterable<{ toString(): string }>;
  /** The jobs start at random within this time, so that many mailboxes do not meet at Microsoft at once. */
  readonly spreadMs: number;
}

/**
 * Makes one job for each mailbox, unless one is waiting already: a mailbox has at most one active and one waiting.
 * @returns how many mailboxes there were
 */
export async function fanOut({ queue, definition, mailboxIds, spreadMs }: FanOut): Promise<number> {
  const { childJobName } = definition;
  if (childJobName === undefined) throw new Error(`${definition.jobName} has no job for a single mailbox`);
  let mailboxes = 0;
  for await (const id of mailboxIds) {
    const mailboxId = id.toString();
    await queue.add(
      childJobName,
      { mailboxId },
      {
        ...childOptions,
        deduplication: { id: mailboxId, keepLastIfActive: true },
        delay: Math.round(Math.random() * spreadMs),
      },
    );
    mailboxes += 1;
  }
  return mailboxes;
}
