import { Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { contradictions, undos } from '../../lib/metrics.ts';
import { carryOut } from '../executor.ts';
import { lookAt } from '../find-message.ts';
import { heldError, requireRunning } from '../kill-switch.ts';
import { defined } from '../../lib/defined.ts';
import { type MailAction, type ActionResult, openAction, type RuleFacts } from '../action-log.ts';
import { copyProperties } from '../message-properties.ts';
import type { WriteDeps, WriteLease } from '../write-lease.ts';
import { readStagingContext } from '../staging/staging-context.ts';
import { endOpenActions } from '../recover-actions.ts';
import { type MessageProperties, propertiesOf } from '../../models/fields/message-properties.ts';
import { chosenFolder, requirePlace } from './undo-place.ts';
import { forOwner } from '../interactive-write.ts';
import { readAct, readUndoTarget, propertiesBefore, type UndoKey, type UndoTarget } from './undo-target.ts';

type RuleNames = Partial<Pick<RuleFacts, 'ruleId' | 'ruleName' | 'ruleVersion'>>;

export interface UndoDeps extends WriteDeps {
  /** Days for which an act can be undone. */
  readonly undoDays: number;
}

export interface Undone {
  /** The message's properties, as read back from Graph. */
  readonly restored: MessageProperties;
  readonly at: Date;
}

/**
 * Restores the properties that a message had before one of MSEDB's acts, wherever it is now, and reads them back. Only
 * then does the act count as undone: after a failure the undo can be repeated. If mail cannot be moved to the original
 * folder, nothing is changed, and the error offers another folder.
 * @param folder id or path of the folder to restore the message to instead of the original one
 * @throws NotFoundError; AppError 400 unknown_folder, ambiguous_folder; 409 not_undoable, already_undone, undo_expired,
 * automation_paused, write_access_needed, message_gone, folder_gone, undo_mismatch; 502 and 503 when Graph or the mailbox cannot be used now
 */
export async function undoAct(deps: UndoDeps, key: UndoKey, folder?: string): Promise<Undone> {
  const { mailboxId } = await readAct(key);
  const now = deps.clock();
  await readUndoTarget(key, { ...deps, now });
  await requireRunning(mailboxId);
  return forOwner(deps, mailboxId.toHexString(), async (lease) => {
    const act = await readAct(key);
    const begun = await endOpenActions(lease, act.messageId);
    const before = await propertiesBefore(act);
    return withUndoMetrics(act, async () => {
      if (begun.some((other) => isUndoOf(other, act))) return { restored: before, at: new Date() };
      return restore(lease, await readUndoTarget(key, { ...deps, now }), folder);
    });
  });
}

/** True for an undo that an earlier call has begun and not finished. */
function isUndoOf(other: MailAction, act: MailAction): boolean {
  return other.action === 'undo_action' && other.details.undoes === act.id.toHexString();
}

async function withUndoMetrics(act: MailAction, work: () => Promise<Undone>): Promise<Undone> {
  try {
    const undone = await work();
    undos.inc({ outcome: 'done' });
    if (act.details.ruleId !== undefined) contradictions.inc({ kind: 'undo' });
    return undone;
  } catch (error) {
    undos.inc({ outcome: 'failed' });
    throw error;
  }
}

async function restore(lease: WriteLease, { act: undone, before }: UndoTarget, folder?: string): Promise<Undone> {
  const folderId = folder === undefined ? before.folderId : await chosenFolder(lease, folder);
  const message = await lookAt(lease, undone.messageId);
  if (message === undefined) throw errorOf('gone');
  const target = { act: { ...undone, messageId: message.id }, before: { ...before, folderId } };
  const now = propertiesOf(message);
  const { folderKindOf } = await readStagingContext(lease);
  if ((await folderKindOf(now.folderId)) === 'recoverable') throw inRecoverableItems();
  if (now.folderId !== folderId) await requirePlace(lease, folderId);
  const act = await openAction(undoOf(target, now), new Date(lease.clock()));
  const result = await carryOut(lease, act, now);
  if (result === 'paused') throw await heldError(lease.mailboxId);
  if (result !== 'done') throw errorOf(result);
  return { restored: target.before, at: new Date() };
}

/** Starts from the message's current properties, so that a later move by its owner does not matter. */
function undoOf({ act, before }: UndoTarget, now: MessageProperties): MailAction {
  const { userId, mailboxId, messageId, details } = act;
  const { ruleId, ruleName, ruleVersion } = details;
  return {
    id: new Types.ObjectId(),
    userId,
    mailboxId,
    messageId,
    action: 'undo_action',
    details: {
      ...defined<RuleNames>({ ruleId, ruleName, ruleVersion }),
      cause: 'owner',
      undoes: act.id.toHexString(),
      why: 'You asked to undo this action.',
      before: copyProperties(now),
      change: copyProperties(before),
    },
  };
}

function inRecoverableItems(): AppError {
  const message =
    'The message was deleted for good and lies in Recoverable Items. In Outlook, open Deleted Items, ' +
    'choose "Recover items deleted from this folder", and then try the undo again';
  return new AppError(409, 'message_gone', message);
}

function errorOf(result: Exclude<ActionResult, 'done' | 'paused'>): AppError {
  if (result === 'gone') return new AppError(409, 'message_gone', 'The message was permanently deleted');
  return new AppError(409, 'undo_mismatch', 'The message could not be restored. You can try the undo again');
}
