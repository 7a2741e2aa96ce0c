import { Types } from 'mongoose';
import { defined } from '../../lib/defined.ts';
import { contradictions, rescues } from '../../lib/metrics.ts';
import { carryOut } from '../executor.ts';
import { type ActionResult, openAction } from '../action-log.ts';
import { copyProperties, type PropertyChange } from '../message-properties.ts';
import type { MessageProperties } from '../../models/fields/message-properties.ts';
import { foldersOf } from '../places/fresh-folders.ts';
import { successorOf } from '../places/relocate-rule.ts';
import { placeReasons } from '../../rules/places/place-fault.ts';
import { findStaged, type FoundMessage, nameStagingRule, type StagingAct, stagingDetails } from './find-staged.ts';
import { acceptDeletion, acceptMove } from './accept-owner-change.ts';
import { claimRescue, recordEnd, type StagedRow } from './staged-row.ts';
import type { StagingContext } from './staging-context.ts';

/**
 * The outcome of one attempt on a staged message. `paused`: the kill switch is on, and the claim stands; `contested`:
 * its owner or another call changed it at the same moment; `refused`: Graph rejects the change.
 */
export type Ending = 'executed' | 'rescued' | 'expired' | 'paused' | 'contested' | 'refused';
const endings: Readonly<Record<ActionResult, Ending>> = {
  done: 'rescued',
  gone: 'expired',
  paused: 'paused',
  overtaken: 'contested',
  failed: 'refused',
};

export type RescueCause = 'owner' | 'rule_off' | 'whitelisted' | 'mailbox_left' | 'look_only';

/**
 * Puts a staged message back where it was, and reverts the other changes that staging made. Changes by its owner are
 * kept: a message that was moved out of the staging folder stays where it is. A message in Deleted Items is brought
 * back only at its owner's request, since the rule would have put it there anyway. One that its owner has deleted for
 * good counts as executed: only Outlook recovers it.
 * @param row freshly read, and open
 * @throws GraphError; LeaseLostError; the signal's reason. The row stays claimed, and a later run rescues it
 */
export async function rescueStaged(context: StagingContext, row: StagedRow, cause: RescueCause): Promise<Ending> {
  let claimed = await claimRescue(row, cause);
  if (claimed === undefined) return 'contested';
  const found = await findStaged(context, claimed);
  if (found === undefined) {
    await recordEnd(claimed, { status: 'expired' });
    return 'expired';
  }
  claimed = { ...claimed, messageId: found.message.id };
  if (found.where === 'elsewhere') {
    await acceptMove(claimed, found);
    return 'rescued';
  }
  if (found.where === 'recoverable' || (found.where === 'deleted' && cause !== 'owner')) {
    await acceptDeletion(claimed, found);
    return 'executed';
  }
  return putBack(context, claimed, { found, cause });
}

async function putBack(
  context: StagingContext,
  row: StagedRow,
  { found, cause }: { readonly found: FoundMessage; readonly cause: RescueCause },
): Promise<Ending> {
  const { lease } = context;
  const { userId, mailboxId, messageId, originalFolder } = row;
  const { now, stagedBy } = found;
  const place = await placeFor(context, originalFolder);
  const change = { folderId: place.folderId, ...revert(stagedBy, now) };
  const why = `${reasonOf(cause, stagedBy)}${place.note}`;
  const act = await openAction(
    {
      id: new Types.ObjectId(),
      userId,
      mailboxId,
      messageId,
      action: 'email_rescued',
      details: { ...stagingDetails(row, stagedBy), cause, why, before: copyProperties(now), change },
    },
    new Date(lease.clock()),
  );
  const result = await carryOut(lease, act, now);
  if (result === 'gone') await recordEnd(row, { status: 'expired' });
  if (result === 'done') {
    rescues.inc({ reason: cause });
    if (cause === 'owner') contradictions.inc({ kind: 'rescue' });
  }
  return endings[result];
}

/** The original folder; or the one that has its path now; or the inbox. `note` says why it is not the original one. */
async function placeFor({ lease, builtIn }: StagingContext, originalFolder: string) {
  const folders = await foldersOf(lease);
  const fault = await folders.faultOf(originalFolder);
  if (fault === undefined) return { folderId: originalFolder, note: '' };
  const next = await successorOf(lease, originalFolder);
  const reason = placeReasons[fault].replace('its folder', ' Its original folder');
  if (next !== undefined) return { folderId: next, note: `${reason}, so it is in the folder that has its path now.` };
  return { folderId: await builtIn('inbox'), note: `${reason}, so it is in the inbox.` };
}

/** Returns the change that reverts what staging set besides the folder; what its owner has set since stays. */
function revert(stagedBy: StagingAct | undefined, now: MessageProperties) {
  if (stagedBy === undefined) return {};
  const { before, change } = stagedBy.details;
  const added = (change.categories ?? []).filter((category) => !before.categories.includes(category));
  return defined<PropertyChange>({
    isRead: change.isRead === now.isRead ? before.isRead : undefined,
    flagStatus: change.flagStatus === now.flagStatus ? before.flagStatus : undefined,
    categories: added.length === 0 ? undefined : now.categories.filter((category) => !added.includes(category)),
  });
}

function reasonOf(cause: RescueCause, stagedBy: StagingAct | undefined): string {
  if (cause === 'owner') return 'You asked for it back.';
  if (cause === 'whitelisted') return 'It was put back because its sender is on a whitelist now.';
  if (cause === 'look_only') return 'It was put back because MSEDB was to change nothing in its mailbox any more.';
  if (cause === 'mailbox_left') return 'It was put back because its mailbox was being disconnected.';
  return `It was put back because ${nameStagingRule(stagedBy)} is switched off.`;
}
