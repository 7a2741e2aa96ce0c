import type { Queue } from 'bullmq';
import { z } from 'zod';
import type { AccessTokens } from '../../auth/access-tokens.ts';
import { mailboxesToRefresh, refreshMailbox } from '../../auth/refresh.ts';
import type { Clock } from '../../lib/clock.ts';
import { NotFoundError } from '../../lib/errors.ts';
import { fanOut } from '../fan-out.ts';
import { postpone, tokenDelayOf } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { schedule } from '../registry.ts';

export interface TokenRefreshDeps {
  readonly queue: Queue;
  readonly tokens: AccessTokens;
  readonly clock: Clock;
  readonly spreadMs: number;
}

const definition = schedule['token-refresh'];
const payload = z.object({ mailboxId: z.string() });

/** Every 45 min: a job for each mailbox whose access token ends before the next round; each renews its own. */
export function tokenRefreshProcessor({ queue, tokens, clock, spreadMs }: TokenRefreshDeps): JobProcessor {
  return async (job, token, signal) => {
    const round = { now: clock(), withinMs: definition.intervalMs + spreadMs };
    if (job.name === definition.jobName) {
      return { mailboxes: await fanOut({ queue, definition, mailboxIds: mailboxesToRefresh(round), spreadMs }) };
    }
    const { mailboxId } = payload.parse(job.data);
    try {
      return { outcome: await refreshMailbox(tokens, mailboxId, { ...round, ...(signal ? { signal } : {}) }) };
    } catch (error) {
      if (error instanceof NotFoundError) return { outcome: 'gone' };
      const delayMs = tokenDelayOf(error);
      if (delayMs === undefined) throw error;
      return postpone(job, token, clock() + delayMs);
    }
  };
}
