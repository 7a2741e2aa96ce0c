import type { Redis } from 'ioredis';
import type { Config } from './config/env.ts';
import { deltaSyncProcessor } from './jobs/processors/delta-sync.ts';
import { patternAnalysisProcessor } from './jobs/processors/pattern-analysis.ts';
import { tokenRefreshProcessor } from './jobs/processors/token-refresh.ts';
import { webhookEventsProcessor } from './jobs/processors/webhook-events.ts';
import { webhookRenewalProcessor } from './jobs/processors/webhook-renewal.ts';
import { createProcessors, type JobProcessor, type Processors } from './jobs/processors.ts';
import type { Queues } from './jobs/queues.ts';
import type { Logger } from './lib/logger.ts';
import { NotifiedMessages } from './observation/notified-messages.ts';
import { placeFinder } from './observation/observation.ts';
import { observeMessages } from './observation/observe-messages.ts';
import { readOwnerHabits } from './observation/owner-habits.ts';
import type { Connection } from './services.ts';
import { requestAnalysis, requestSync } from './watching.ts';

const defaultSpreadMs = 60_000;

export interface BackgroundOptions {
  readonly config: Config;
  readonly connection: Connection | undefined;
  readonly queues: Queues;
  readonly redis: Redis;
  readonly logger: Logger;
  /** What the workers do instead of the real thing, by queue. */
  readonly processors?: Partial<Processors> | undefined;
  /** Within which time the jobs of many mailboxes start; a minute when it is left out. */
  readonly spreadMs?: number | undefined;
}

/** What the workers do; without a registration at Microsoft there is nothing to do. */
export function composeProcessors(options: BackgroundOptions): Processors {
  const { connection, queues, logger, processors, spreadMs = defaultSpreadMs } = options;
  if (connection === undefined) return createProcessors(logger, processors);
  const tokenRefresh = tokenRefreshProcessor({
    queue: queues['token-refresh'],
    tokens: connection.tokens,
    clock: Date.now,
    spreadMs,
  });
  return createProcessors(logger, {
    'token-refresh': tokenRefresh,
    ...composeObservation({ ...options, connection, spreadMs }),
    'pattern-analysis': composeAnalysis({ ...options, connection, spreadMs }),
    ...processors,
  });
}

function composeObservation({
  config: { observation },
  connection: { graphOf },
  queues,
  redis,
  logger,
  spreadMs,
}: BackgroundOptions & { connection: Connection; spreadMs: number }): Partial<Processors> {
  const { sinceDays, pageSize, webhookUrl: publicUrl } = observation;
  const clock = Date.now;
  const shared = { clock, graphOf, logger, spreadMs };
  const askForSync = (mailboxId: string) => requestSync(queues, mailboxId);
  return {
    'delta-sync': deltaSyncProcessor({
      ...shared,
      queue: queues['delta-sync'],
      sinceDays,
      pageSize,
      requestAnalysis: (mailboxId) => requestAnalysis(queues, mailboxId),
    }),
    'webhook-renewal': webhookRenewalProcessor({
      ...shared,
      queue: queues['webhook-renewal'],
      publicUrl,
      requestSync: askForSync,
    }),
    'webhook-events': webhookEventsProcessor({
      clock,
      queue: queues['webhook-events'],
      notified: new NotifiedMessages(redis),
      observe: (mailbox, messageIds, signal) =>
        observeMessages({ client: graphOf(mailbox.mailboxId.toString()), mailbox, clock }, messageIds, { signal }),
      requestSync: askForSync,
      sinceDays,
    }),
  };
}

function composeAnalysis({
  config: { analysis },
  connection: { graphOf },
  queues,
  spreadMs,
}: BackgroundOptions & { connection: Connection; spreadMs: number }): JobProcessor {
  return patternAnalysisProcessor({
    queue: queues['pattern-analysis'],
    clock: Date.now,
    spreadMs,
    halfLifeDays: analysis.halfLifeDays,
    placesOf: placeFinder,
    readHabits: (mailboxId, since, signal) => readOwnerHabits(graphOf(mailboxId), since, signal),
  });
}
