import type { Logger } from '../lib/logger.ts';
import type { RecoveryReport } from '../models/store/intent-log.ts';
import { adoptOlderDecisions } from '../patterns/decisions/decision-log.ts';
import { recoverDecisions } from '../patterns/decisions/recover-decisions.ts';
import { recoverRuleIntents } from '../rules/changes/recover-rule-intents.ts';

/** Number of decisions and changes of rules that were completed, or dropped because they never took effect. */
type RecoveryCounts = Pick<RecoveryReport, 'finished' | 'dropped'>;

/** Recovers interrupted work, including that of an older version, before requests are accepted. */
export async function recoverAtStart(logger: Logger): Promise<RecoveryCounts> {
  await adoptOlderDecisions();
  return recoverInterrupted(logger);
}

/**
 * Recovers interrupted decisions, then interrupted changes of rules, which may follow from one. Mail is recovered by the
 * maintenance of each mailbox, which holds its write lease. Logs a failure that concerns a part of the work only.
 * @throws what concerns all of it, such as a store that is away
 */
export async function recoverInterrupted(logger: Logger): Promise<RecoveryCounts> {
  const decisions = await recoverDecisions(Date.now());
  const rules = await recoverRuleIntents(Date.now());
  const error = decisions.failure ?? rules.failure;
  if (error !== undefined) {
    logger.warn('Recovery of interrupted work failed; the next scheduled run retries', { error });
  }
  return { finished: decisions.finished + rules.finished, dropped: decisions.dropped + rules.dropped };
}
