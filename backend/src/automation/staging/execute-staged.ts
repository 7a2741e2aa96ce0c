import { Types } from 'mongoose';
import { stagedExecutions } from '../../lib/metrics.ts';
import { Rule } from '../../models/index.ts';
import { carryOut } from '../executor.ts';
import { pausedBy } from '../kill-switch.ts';
import { type ActionResult, openAction } from '../action-log.ts';
import { findStaged, type Found, originOf, ruleInWords, written } from './find-staged.ts';
import { acceptDeletion, acceptMove } from './accept-owner-change.ts';
import { type Ending, rescueStaged } from './rescue-staged.ts';
import { claimExecution, end, release, type StagedRow } from './staged-row.ts';
import type { StagingContext } from './staging-context.ts';

export type ExecutionCause = 'expiry' | 'owner';

const endings: Readonly<Record<ActionResult, Ending>> = {
  done: 'executed',
  gone: 'expired',
  paused: 'paused',
  overtaken: 'contested',
  failed: 'refused',
};

/**
 * Puts a staged message into Deleted Items, if everything still speaks for it: the kill switch is off, its rule is on,
 * its sender is not protected, and it rests in the staging folder.
 * @param row as it was just read: waiting, or claimed for this by somebody who left it behind
 * @throws GraphError; LeaseLostError; the signal's reason: it is executed later
 */
export async function executeStaged(context: StagingContext, row: StagedRow, cause: ExecutionCause): Promise<Ending> {
  if ((await pausedBy(row.mailboxId)) !== undefined) {
    await release(row);
    return 'paused';
  }
  const found = await findStaged(context, row);
  if (found === undefined) {
    await end(row, { status: 'expired' });
    stagedExecutions.inc({ outcome: 'expired' });
    return 'expired';
  }
  if (found.where === 'elsewhere') {
    await acceptMove(row, found);
    return 'rescued';
  }
  if (found.where === 'deleted') {
    await acceptDeletion(row, found);
    return 'executed';
  }
  const objection = await objectionTo(context, row, found);
  if (objection !== undefined) return rescueStaged(context, row, objection);
  return execute(context, row, { found, cause });
}

async function objectionTo(
  context: StagingContext,
  { ruleId }: StagedRow,
  { message }: Found,
): Promise<'rule_off' | 'whitelisted' | undefined> {
  if ((await Rule.exists({ _id: ruleId, isEnabled: true })) === null) return 'rule_off';
  return context.isProtected(message.from?.emailAddress.address ?? undefined) ? 'whitelisted' : undefined;
}

async function execute(
  context: StagingContext,
  row: StagedRow,
  { found: { now, stagedBy }, cause }: { readonly found: Found; readonly cause: ExecutionCause },
): Promise<Ending> {
  const { lease } = context;
  const { userId, mailboxId, messageId } = row;
  const change = { folderId: await context.builtIn('deleted') };
  const claimed = await claimExecution(row);
  if (claimed === undefined) return 'contested';
  const why = cause === 'owner' ? 'You have asked for it before its time.' : 'Its time in the staging folder was over.';
  const act = await openAction(
    {
      id: new Types.ObjectId(),
      userId,
      mailboxId,
      messageId,
      action: 'email_executed',
      details: {
        ...originOf(row, stagedBy),
        cause,
        why: `It waited to be deleted by ${ruleInWords(stagedBy)}. ${why}`,
        before: written(now),
        change,
      },
    },
    new Date(lease.clock()),
  );
  const result = await carryOut(lease, act, now);
  stagedExecutions.inc({ outcome: result });
  if (result === 'gone') await end(claimed, { status: 'expired' });
  if (result === 'paused' || result === 'overtaken') await release(claimed);
  return endings[result];
}
