import { recoverAccessChanges } from '../auth/consent/change-access.ts';
import { recoverUserActs } from '../auth/user-acts.ts';
import type { Logger } from '../lib/logger.ts';
import type { RecoveryReport } from '../models/store/intent-log.ts';
import { adoptOlderDecisions } from '../patterns/decisions/decision-log.ts';
import { recoverDecisions } from '../patterns/decisions/recover-decisions.ts';
import { recoverRuleIntents } from '../rules/changes/recover-rule-intents.ts';

/** Number of decisions, changes of rules and access, and acts on users that were completed, or dropped because they never took effect. */
type RecoveryCounts = Pick<RecoveryReport, 'finished' | 'dropped'>;

/** Recovers interrupted work, including that of an older version, before requests are accepted. */
export async function recoverAtStart(logger: Logger): Promise<RecoveryCounts> {
  await adoptOlderDecisions();
  return recoverInterrupted(logger);
}

/**
 * Recovers interrupted decisions, then interrupted changes of rules, which may follow from one, then changes of what
 * MSEDB may do in mailboxes, and acts of admins on users. Mail is recovered by the
 * maintenance of each mailbox, which holds its write lease. Logs a failure that concerns a part of the work only.
 * @throws what concerns all of it, such as a store that is away
 */
export async function recoverInterrupted(logger: Logger): Promise<RecoveryCounts> {
  const decisions = await recoverDecisions(Date.now());
  const rules = await recoverRuleIntents(Date.now());
  const access = await recoverAccessChanges(Date.now());
  const users = await recoverUserActs(Date.now());
  const reports = [decisions, rules, access, users];
  const error = reports.find(({ failure }) => failure !== undefined)?.failure;
  if (error !== undefined) {
    logger.warn('Recovery of interrupted work failed; the next scheduled run retries', { error });
  }
  return { finished: sumOf(reports, 'finished'), dropped: sumOf(reports, 'dropped') };
}

function sumOf(reports: readonly RecoveryCounts[], count: keyof RecoveryCounts): number {
  return reports.reduce((sum, report) => sum + report[count], 0);
}
