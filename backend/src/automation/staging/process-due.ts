import type { Types } from 'mongoose';
import { StagedEmail } from '../../models/index.ts';
import { expiringStagingStatuses } from '../../models/StagedEmail.ts';
import { findStagingRules } from '../../rules/organization/rules-in-force.ts';
import { rescueStagedOfRule } from '../../rules/changes/rescue-staged-of-rule.ts';
import { concernsOneMessage } from '../graph-faults.ts';
import { pausedBy } from '../kill-switch.ts';
import type { WriteLease } from '../write-lease.ts';
import { resolveStaged } from './resolve-staged.ts';
import type { Ending } from './rescue-staged.ts';
import { postponeRescues, releaseUndueClaims, resumeRescues } from './staged-row.ts';
import { readStagingContext } from './staging-context.ts';
import { isIn, until } from '../../models/store/query-operators.ts';

const rowsAtOnce = 20;
/** So many failures in a row have a cause that concerns more than single messages. */
const maxFailuresInARow = 3;

export interface ProcessedDue {
  readonly endings: readonly Ending[];
  /** True when further messages are due now. */
  readonly more: boolean;
}

/**
 * Resolves staged mail of a mailbox, soonest expiry first: requested rescues, then the mail that is due. While the kill
 * switch is on, rescues are postponed until it is off again, and nothing else is done. A message that fails is tried again later and does not block the others.
 * @param endsAt the time to stop at, on the clock of performance.now()
 * @throws GraphError when it concerns more than one message; LeaseLostError; the signal's reason
 */
export async function processDueStaged(lease: WriteLease, endsAt: number): Promise<ProcessedDue> {
  const { mailboxId, clock } = lease;
  await releaseUndueClaims(mailboxId, clock());
  if ((await pausedBy(mailboxId)) !== undefined) return postpone(mailboxId);
  await resumeRescues(mailboxId);
  await rescueMailOfDisabledRules(lease);
  const ids = await readDueIds(lease);
  if (ids.length === 0) return { endings: [], more: false };
  const context = await readStagingContext(lease);
  const endings: Ending[] = [];
  let failures = 0;
  for (const id of ids) {
    lease.signal.throwIfAborted();
    if (performance.now() > endsAt) return { endings, more: true };
    try {
      const ending = await resolveStaged(context, id);
      failures = 0;
      if (ending === 'paused') return await postpone(mailboxId, endings);
      if (ending !== undefined) endings.push(ending);
    } catch (error) {
      failures += 1;
      if (!concernsOneMessage(error) || failures === maxFailuresInARow) throw error;
      endings.push('refused');
    }
  }
  return { endings, more: ids.length === rowsAtOnce };
}

async function postpone(mailboxId: Types.ObjectId, endings: readonly Ending[] = []): Promise<ProcessedDue> {
  await postponeRescues(mailboxId);
  return { endings, more: false };
}

/** Finds mail that was claimed or not staged yet when its rule was switched off, or declined in this mailbox. */
async function rescueMailOfDisabledRules({ mailboxId }: WriteLease): Promise<void> {
  const ruleIds = await StagedEmail.distinct('ruleId', { mailboxId, status: 'staged' });
  if (ruleIds.length === 0) return;
  const on = await findStagingRules(ruleIds, mailboxId);
  for (const id of ruleIds) if (!on.has(id.toHexString())) await rescueStagedOfRule(id, mailboxId);
}

async function readDueIds({ mailboxId, clock }: WriteLease): Promise<Types.ObjectId[]> {
  const now = new Date(clock());
  const isRetryDue = { $or: [{ nextTryAt: null }, { nextTryAt: until(now) }] };
  const find = (filter: object) =>
    StagedEmail.find({ mailboxId, ...filter, ...isRetryDue }, '_id')
      .sort({ expiresAt: 1 })
      .limit(rowsAtOnce)
      .lean();
  const rescues = await find({ status: 'rescuing' });
  const isDue = {
    status: isIn(expiringStagingStatuses),
    expiresAt: until(now),
  };
  const due = rescues.length === rowsAtOnce ? [] : await find(isDue);
  return [...rescues, ...due].slice(0, rowsAtOnce).map(({ _id }) => _id);
}
