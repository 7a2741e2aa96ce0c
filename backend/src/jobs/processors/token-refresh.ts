import type { Queue } from 'bullmq';
import type { AccessTokens } from '../../auth/tokens/access-tokens.ts';
import { mailboxesToRefresh, refreshMailbox } from '../../auth/tokens/refresh.ts';
import type { Clock } from '../../lib/clock.ts';
import { NotFoundError } from '../../lib/errors.ts';
import { fanOut } from '../fan-out.ts';
import { mailboxPayload } from '../mailbox-jobs.ts';
import { postpone, tokenRetryAfterMs } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { schedule } from '../registry.ts';

export interface TokenRefreshDeps {
  readonly queue: Queue;
  readonly tokens: AccessTokens;
  readonly clock: Clock;
  readonly spreadMs: number;
  /** Tells admins when the client secret ends soon. */
  readonly announceSecretExpiry: () => Promise<void>;
}

const definition = schedule['token-refresh'];

/** Every 45 minutes: adds a job for each mailbox whose access token expires before the next run; each renews its own. */
export function tokenRefreshProcessor({
  queue,
  tokens,
  clock,
  spreadMs,
  announceSecretExpiry,
}: TokenRefreshDeps): JobProcessor {
  return async (job, token, signal) => {
    const window = { now: clock(), withinMs: definition.intervalMs + spreadMs };
    if (job.name === definition.jobName) {
      await announceSecretExpiry();
      return { mailboxes: await fanOut({ queue, definition, mailboxIds: mailboxesToRefresh(window), spreadMs }) };
    }
    const { mailboxId } = mailboxPayload.parse(job.data);
    try {
      return { outcome: await refreshMailbox(tokens, mailboxId, { ...window, ...(signal ? { signal } : {}) }) };
    } catch (error) {
      if (error instanceof NotFoundError) return { outcome: 'gone' };
      const delayMs = tokenRetryAfterMs(error);
      if (delayMs === undefined) throw error;
      return postpone(job, token, clock() + delayMs);
    }
  };
}
