import type { Redis } from 'ioredis';
import type { Types } from 'mongoose';
import { announceSecretExpiry } from '../accounts/secret-expiry.ts';
import { automate } from '../automation/automate.ts';
import { checkRulePlaces } from '../automation/places/check-rules.ts';
import { evaluatePending } from '../automation/evaluate-pending.ts';
import { readRecognizer } from '../automation/recognize-act.ts';
import { continueRuns } from '../automation/runs/run-rules.ts';
import { sendStagingDigests } from '../automation/staging/staging-digest.ts';
import { mailboxesWithWork } from '../automation/mailboxes-with-work.ts';
import { fanOut } from '../jobs/fan-out.ts';
import { registry } from '../jobs/registry.ts';
import { mailboxesDue } from '../observation/delta-sync/sync-due.ts';
import { activeMailboxes } from '../observation/active-mailboxes.ts';
import { stagingProcessor } from '../jobs/processors/staging-processor.ts';
import type { Config } from '../config/env.ts';
import { hourMs, minuteMs } from '../lib/durations.ts';
import { deltaSyncProcessor } from '../jobs/processors/delta-sync.ts';
import { patternAnalysisProcessor } from '../jobs/processors/pattern-analysis.ts';
import { tokenRefreshProcessor } from '../jobs/processors/token-refresh.ts';
import { webhookEventsProcessor } from '../jobs/processors/webhook-events.ts';
import { webhookRenewalProcessor } from '../jobs/processors/webhook-renewal.ts';
import { recoverInterrupted } from './recovery.ts';
import { createProcessors, type JobProcessor, type Processors } from '../jobs/processors.ts';
import type { Queues } from '../jobs/queues.ts';
import type { Logger } from '../lib/logger.ts';
import { NotifiedMessages } from '../observation/webhooks/notified-messages.ts';
import { folderKindFinder } from '../models/fields/folder-kinds.ts';
import { observeMessages } from '../observation/changes/observe-messages.ts';
import { isGrantedOrUnknown } from '../auth/consent/granted-permissions.ts';
import { inboxRulesPermission } from '../auth/consent/permissions.ts';
import { readOwnerHabits } from '../observation/owner-habits.ts';
import { applicationRefusal, type MicrosoftConnection } from './microsoft.ts';
import { requestAnalysis, requestMaintenance, requestSync } from '../jobs/request-jobs.ts';

const defaultSpreadMs = minuteMs;

export interface WorkersOptions {
  readonly config: Config;
  readonly connection: MicrosoftConnection | undefined;
  readonly queues: Queues;
  readonly redis: Redis;
  readonly logger: Logger;
  /** Processors that replace the real ones, by queue. */
  readonly processors?: Partial<Processors> | undefined;
  /** Time over which the jobs of many mailboxes are spread; a minute when left out. */
  readonly spreadMs?: number | undefined;
}

/** Puts together the processors of all queues. Without a registration at Microsoft there is nothing to do. */
export function composeProcessors(options: WorkersOptions): Processors {
  const { config, connection, queues, logger, processors, spreadMs = defaultSpreadMs } = options;
  if (connection === undefined) return createProcessors(logger, processors);
  const { clientSecretExpires: expires, clientCertificate } = config.microsoft ?? {};
  const certificateExpires = clientCertificate?.expires;
  const tokenRefresh = tokenRefreshProcessor({
    queue: queues['token-refresh'],
    tokens: connection.tokens,
    clock: Date.now,
    spreadMs,
    announceSecretExpiry: () => announceSecretExpiry({ expires, certificateExpires, now: Date.now(), logger }),
  });
  return createProcessors(logger, {
    'token-refresh': tokenRefresh,
    ...composeObservation({ ...options, connection, spreadMs }),
    'pattern-analysis': composeAnalysis({ ...options, connection, spreadMs }),
    'staging-processor': composeMaintenance({ ...options, connection, spreadMs }),
    ...processors,
  });
}

/** The needs of observation once the service is registered at Microsoft. */
type Observing = Pick<WorkersOptions, 'config' | 'queues' | 'logger'> & { readonly connection: MicrosoftConnection };

function composeObservation({
  config,
  connection,
  queues,
  redis,
  logger,
  spreadMs,
}: WorkersOptions & { connection: MicrosoftConnection; spreadMs: number }): Partial<Processors> {
  const { observation } = config;
  const { graphOf } = connection;
  const { sinceDays, pageSize, webhookUrl: publicUrl } = observation;
  const clock = Date.now;
  const shared = { clock, graphOf, logger, spreadMs, recognizerOf: readRecognizer };
  const syncMailbox = (mailboxId: string) => requestSync(queues, mailboxId);
  const applyRules = ruleApplier({ config, connection, queues, logger });
  return {
    'delta-sync': deltaSyncProcessor({
      ...shared,
      queue: queues['delta-sync'],
      sinceDays,
      pageSize,
      applicationRefusal,
      requestAnalysis: (mailboxId) => requestAnalysis(queues, mailboxId),
      automate: ruleApplier({ config, connection, queues, logger }, checkRulePlaces),
    }),
    'webhook-renewal': webhookRenewalProcessor({
      ...shared,
      queue: queues['webhook-renewal'],
      publicUrl,
      requestSync: syncMailbox,
    }),
    'webhook-events': webhookEventsProcessor({
      clock,
      queue: queues['webhook-events'],
      notified: new NotifiedMessages(redis),
      observe: (mailbox, messageIds, signal) =>
        observeMessages({ client: graphOf(mailbox.mailboxId.toString()), mailbox, clock }, messageIds, {
          signal,
          isAnnounced: true,
        }),
      requestSync: syncMailbox,
      sinceDays,
      recognizerOf: readRecognizer,
      toGraphTime: connection.graphClock.toGraphTime,
      automate: applyRules,
    }),
  };
}

/**
 * Applies rules to new mail; after a failure, the maintenance of the mailbox retries.
 * @param check called first; a synchronization may have found that the folders of rules are gone, or back
 */
function ruleApplier({ config, connection, queues, logger }: Observing, check?: typeof checkRulePlaces) {
  const { graphOf } = connection;
  const deps = { graphOf, clock: Date.now, stagingMs: config.automation.stagingHours * hourMs };
  return async (mailboxId: string, signal: AbortSignal): Promise<void> => {
    try {
      await check?.(deps, { mailboxId, signal });
      await automate(deps, { mailboxId, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      logger.info('Rules could not be applied to new mail; the maintenance of the mailbox retries', {
        mailboxId,
        error,
      });
      await requestMaintenance(queues, mailboxId);
    }
  };
}

function composeMaintenance({
  config: { automation, analysis },
  connection: { graphOf },
  queues,
  logger,
  spreadMs,
}: WorkersOptions & { connection: MicrosoftConnection; spreadMs: number }): JobProcessor {
  const stagingMs = automation.stagingHours * hourMs;
  return stagingProcessor({
    queue: queues['staging-processor'],
    graphOf,
    clock: Date.now,
    spreadMs,
    undoDays: automation.undoDays,
    undoDrill: automation.undoDrill,
    stagingMs,
    evaluate: (lease) => evaluatePending(lease, { stagingMs }),
    continueRuns: (lease) => continueRuns(lease, { stagingMs }),
    recoverInterrupted: () => recoverInterrupted(logger),
    sendDigests: () => sendStagingDigests({ now: Date.now(), timeZone: analysis.timeZone }),
  });
}

function composeAnalysis({
  config: { analysis },
  connection: { graphOf, graphClock },
  queues,
  spreadMs,
}: WorkersOptions & { connection: MicrosoftConnection; spreadMs: number }): JobProcessor {
  return patternAnalysisProcessor({
    queue: queues['pattern-analysis'],
    clock: Date.now,
    toGraphTime: graphClock.toGraphTime,
    spreadMs,
    halfLifeDays: analysis.halfLifeDays,
    folderKindsOf: folderKindFinder,
    readHabits: async (mailboxId, since, signal) => {
      const mayReadInboxRules = await isGrantedOrUnknown(mailboxId, inboxRulesPermission);
      return readOwnerHabits(graphOf(mailboxId), { since, mayReadInboxRules, signal });
    },
  });
}

interface Resumption {
  readonly spreadMs?: number | undefined;
  /** True to synchronize all mailboxes that are due as well: after a restore, that is each. */
  readonly isRestored: boolean;
}

/** Queues jobs for the work that a stop, a crash or a restore has left in mailboxes, ahead of the next schedule. */
export async function resumeWork(
  queues: Queues,
  { spreadMs = defaultSpreadMs, isRestored }: Resumption,
): Promise<void> {
  const add = (name: 'delta-sync' | 'staging-processor', mailboxIds: AsyncIterable<Types.ObjectId>) =>
    fanOut({ queue: queues[name], definition: registry[name], mailboxIds, spreadMs });
  if (isRestored) await add('delta-sync', mailboxesDue(Date.now()));
  const time = { until: Date.now(), drills: false, compareAll: true };
  await add('staging-processor', mailboxesWithWork(activeMailboxes(), time));
}
