import { Types } from 'mongoose';
import { stagedExecutions } from '../../lib/metrics.ts';
import { mayKeepStaged } from '../../rules/organization/rules-in-force.ts';
import { carryOut } from '../executor.ts';
import { pausedBy } from '../kill-switch.ts';
import { type ActionResult, openAction } from '../action-log.ts';
import { copyProperties } from '../message-properties.ts';
import { findStaged, type FoundMessage, stagingDetails, whyStaged } from './find-staged.ts';
import { acceptDeletion, acceptMove } from './accept-owner-change.ts';
import { type Ending, rescueStaged } from './rescue-staged.ts';
import { claimExecution, recordEnd, releaseClaim, type StagedRow } from './staged-row.ts';
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
 * Moves a staged message to Deleted Items if the kill switch is off, its rule is on, its sender is not protected and it
 * is still in the staging folder. Otherwise it is rescued, or stays as its owner has left it.
 * @param read freshly read: `staged`, or `executing` as a crash has left it
 * @throws GraphError; LeaseLostError; the signal's reason. The row stays open, and a later run executes it
 */
export async function executeStaged(context: StagingContext, read: StagedRow, cause: ExecutionCause): Promise<Ending> {
  let row = read;
  if ((await pausedBy(row.mailboxId)) !== undefined) {
    await releaseClaim(row);
    return 'paused';
  }
  const found = await findStaged(context, row);
  if (found === undefined) {
    await recordEnd(row, { status: 'expired' });
    stagedExecutions.inc({ outcome: 'expired' });
    return 'expired';
  }
  row = { ...row, messageId: found.message.id };
  if (found.where === 'elsewhere') {
    await acceptMove(row, found);
    return 'rescued';
  }
  if (found.where === 'deleted' || found.where === 'recoverable') {
    await acceptDeletion(row, found);
    return 'executed';
  }
  const objection = await findObjection(context, row, found);
  if (objection !== undefined) return rescueStaged(context, row, objection);
  return execute(context, row, { found, cause });
}

async function findObjection(
  context: StagingContext,
  { ruleId, mailboxId }: StagedRow,
  { message }: FoundMessage,
): Promise<'rule_off' | 'whitelisted' | undefined> {
  if (ruleId !== undefined && !(await mayKeepStaged(ruleId, mailboxId))) return 'rule_off';
  return context.isProtected(message.from?.emailAddress?.address ?? undefined) ? 'whitelisted' : undefined;
}

async function execute(
  context: StagingContext,
  row: StagedRow,
  { found: { now, stagedBy }, cause }: { readonly found: FoundMessage; readonly cause: ExecutionCause },
): Promise<Ending> {
  const { lease } = context;
  const { userId, mailboxId, messageId } = row;
  const change = { folderId: await context.builtIn('deleted') };
  const claimed = await claimExecution(row);
  if (claimed === undefined) return 'contested';
  const why = cause === 'owner' ? 'You asked for it to be deleted immediately.' : 'Its time in staging is over.';
  const act = await openAction(
    {
      id: new Types.ObjectId(),
      userId,
      mailboxId,
      messageId,
      action: 'email_executed',
      details: {
        ...stagingDetails(row, stagedBy),
        cause,
        why: `${whyStaged(row, stagedBy)} ${why}`,
        before: copyProperties(now),
        change,
      },
    },
    new Date(lease.clock()),
  );
  const result = await carryOut(lease, act, now);
  stagedExecutions.inc({ outcome: result });
  if (result === 'gone') await recordEnd(claimed, { status: 'expired' });
  if (result === 'paused' || result === 'overtaken') await releaseClaim(claimed);
  return endings[result];
}
