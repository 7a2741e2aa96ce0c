import { mailboxesWithRescues } from '../automation/mailboxes-with-work.ts';
import { activeMailboxes } from '../observation/active-mailboxes.ts';
import type { Clock } from '../lib/clock.ts';
import { secondMs } from '../lib/durations.ts';
import type { Logger } from '../lib/logger.ts';
import { promoteMailboxJob } from './mailbox-jobs.ts';
import type { Queues } from './queues.ts';
import { registry } from './registry.ts';
import { startWatchdog } from './watchdog.ts';

/** Well below the minute within which a rescue is begun. */
const intervalMs = 20 * secondMs;

/**
 * Queues the maintenance of mailboxes with staged mail to rescue, whatever kept it from being requested: a rescue is never
 * left to the next scheduled run, half an hour later.
 * @returns a function that stops it
 */
export function startRescueWatchdog(queues: Queues, logger: Logger, clock: Clock): () => void {
  const definition = registry['staging-processor'];
  const check = async (): Promise<void> => {
    for await (const mailboxId of mailboxesWithRescues(activeMailboxes(), clock())) {
      await promoteMailboxJob({ queue: queues['staging-processor'], definition, mailboxId: mailboxId.toString() });
    }
  };
  const failed = 'Mail to rescue could not be looked for: the next check follows';
  return startWatchdog({ intervalMs, check, failed, logger });
}
