import { Types } from 'mongoose';
import { contradictions, rescues } from '../../lib/metrics.ts';
import { carryOut } from '../executor.ts';
import { type ActionResult, openAction } from '../action-log.ts';
import type { PropertyChange } from '../message-properties.ts';
import type { MessageProperties } from '../../models/fields/message-properties.ts';
import { findStaged, type Found, originOf, ruleInWords, type StagingAct, written } from './find-staged.ts';
import { acceptDeletion, acceptMove } from './accept-owner-change.ts';
import { claimRescue, end, type StagedRow } from './staged-row.ts';
import type { StagingContext } from './staging-context.ts';

/**
 * What became of a staged message. `paused`: the kill switch is on, and its claim stands; `contested`: its owner or
 * another call was at it at the same moment; `refused`: Graph does not do it.
 */
export type Ending = 'executed' | 'rescued' | 'expired' | 'paused' | 'contested' | 'refused';
const endings: Readonly<Record<ActionResult, Ending>> = {
  done: 'rescued',
  gone: 'expired',
  paused: 'paused',
  overtaken: 'contested',
  failed: 'refused',
};

export type RescueCause = 'owner' | 'rule_off' | 'whitelisted' | 'mailbox_left';

/**
 * Puts a staged message back to where it was, and makes undone what else staging did to it. What its owner did with it
 * meanwhile stays: taken out of the staging folder, it is left where it is. Deleted Items are where a rule was to put
 * it in any case; only its owner's word brings it back from there.
 * @param row as it was just read, not over
 * @throws GraphError; LeaseLostError; the signal's reason: it is rescued later
 */
export async function rescueStaged(context: StagingContext, row: StagedRow, cause: RescueCause): Promise<Ending> {
  const claimed = await claimRescue(row, cause);
  if (claimed === undefined) return 'contested';
  const found = await findStaged(context, claimed);
  if (found === undefined) {
    await end(claimed, { status: 'expired' });
    return 'expired';
  }
  if (found.where === 'elsewhere') {
    await acceptMove(claimed, found);
    return 'rescued';
  }
  if (found.where === 'deleted' && cause !== 'owner') {
    await acceptDeletion(claimed, found);
    return 'executed';
  }
  return putBack(context, claimed, { found, cause });
}

async function putBack(
  context: StagingContext,
  row: StagedRow,
  { found, cause }: { readonly found: Found; readonly cause: RescueCause },
): Promise<Ending> {
  const { lease } = context;
  const { userId, mailboxId, messageId, originalFolder } = row;
  const { now, stagedBy } = found;
  const isThere = await context.isUsable(originalFolder);
  const folderId = isThere ? originalFolder : await context.builtIn('inbox');
  const change = { folderId, ...revert(stagedBy, now) };
  const why = `${reasonOf(cause, stagedBy)}${isThere ? '' : ' The folder that it came from is gone, so it is in the inbox.'}`;
  const act = await openAction(
    {
      id: new Types.ObjectId(),
      userId,
      mailboxId,
      messageId,
      action: 'email_rescued',
      details: { ...originOf(row, stagedBy), cause, why, before: written(now), change },
    },
    new Date(lease.clock()),
  );
  const result = await carryOut(lease, act, now);
  if (result === 'gone') await end(row, { status: 'expired' });
  if (result === 'done') {
    rescues.inc({ reason: cause });
    if (cause === 'owner') contradictions.inc({ kind: 'rescue' });
  }
  return endings[result];
}

/** What staging set beside the folder, as it was before; what its owner has set since stays. */
function revert(stagedBy: StagingAct | undefined, now: MessageProperties) {
  if (stagedBy === undefined) return {};
  const { before, change } = stagedBy.details;
  const added = (change.categories ?? []).filter((category) => !before.categories.includes(category));
  return {
    ...(change.isRead !== undefined && change.isRead === now.isRead ? { isRead: before.isRead } : {}),
    ...(change.flagStatus !== undefined && change.flagStatus === now.flagStatus
      ? { flagStatus: before.flagStatus }
      : {}),
    ...(added.length === 0 ? {} : { categories: now.categories.filter((category) => !added.includes(category)) }),
  } satisfies PropertyChange;
}

function reasonOf(cause: RescueCause, stagedBy: StagingAct | undefined): string {
  if (cause === 'owner') return 'You have asked for it back.';
  if (cause === 'whitelisted') return 'It is back because its sender is on a whitelist now.';
  if (cause === 'mailbox_left') return 'It is back because its mailbox was being disconnected.';
  return `It is back because ${ruleInWords(stagedBy)} is switched off.`;
}
