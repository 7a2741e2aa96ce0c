import { Types } from 'mongoose';
import { ItemNotFoundError } from '../../graph/errors.ts';
import { getFolder } from '../../graph/folders.ts';
import { AppError } from '../../lib/errors.ts';
import { contradictions, undos } from '../../lib/metrics.ts';
import { carryOut, look } from '../executor.ts';
import { AutomationPausedError, requireRunning } from '../kill-switch.ts';
import { type MailAction, type ActionResult, openAction } from '../action-log.ts';
import type { WriteDeps, WriteLease } from '../write-lease.ts';
import { endOpenActions } from '../recover-actions.ts';
import type { MessageProperties } from '../../models/fields/message-properties.ts';
import { forOwner } from '../interactive-write.ts';
import { readAct, readUndoTarget, propertiesBefore, type UndoKey, type UndoTarget } from './undo-target.ts';

export interface UndoDeps extends WriteDeps {
  /** For how long an act can be undone. */
  readonly undoDays: number;
}

export interface Undone {
  /** How the message stands, as it was read back. */
  readonly restored: MessageProperties;
  readonly at: Date;
}

/**
 * Puts a message back to exactly how it stood before one of our acts, wherever it is now, and reads it back. The act
 * is undone only then: after a failure it can be undone as before.
 * @throws NotFoundError; AppError 409 not_undoable, already_undone, undo_expired, automation_paused, message_gone,
 * folder_gone, undo_mismatch; 502 and 503 when Graph or the mailbox cannot be used now
 */
export async function undoAct(deps: UndoDeps, key: UndoKey): Promise<Undone> {
  const { mailboxId } = await readAct(key);
  const now = deps.clock();
  await readUndoTarget(key, { ...deps, now });
  await requireRunning(mailboxId);
  return forOwner(deps, mailboxId.toHexString(), async (lease) => {
    const act = await readAct(key);
    const begun = await endOpenActions(lease, act.messageId);
    const before = await propertiesBefore(act);
    return counted(act, async () => {
      if (begun.some((other) => isUndoOf(other, act))) return { restored: before, at: new Date() };
      return restore(lease, await readUndoTarget(key, { ...deps, now }));
    });
  });
}

/** An earlier call has begun it, and Graph had not let it end. */
function isUndoOf(other: MailAction, act: MailAction): boolean {
  return other.action === 'undo_action' && other.details.undoes === act.id.toHexString();
}

async function counted(act: MailAction, work: () => Promise<Undone>): Promise<Undone> {
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

async function restore(lease: WriteLease, target: UndoTarget): Promise<Undone> {
  const { messageId } = target.act;
  const now = await look(lease, messageId);
  if (now === undefined) throw resultInWords('gone');
  if (now.folderId !== target.before.folderId) await requireFolder(lease, target.before.folderId);
  const act = await openAction(undoOf(target, now), new Date(lease.clock()));
  const result = await carryOut(lease, act, now);
  if (result !== 'done') throw resultInWords(result);
  return { restored: target.before, at: new Date() };
}

/** The message is put back from where it is now: that its owner has moved it since does not matter. */
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
      ...(ruleId === undefined ? {} : { ruleId }),
      ...(ruleName === undefined ? {} : { ruleName }),
      ...(ruleVersion === undefined ? {} : { ruleVersion }),
      cause: 'owner',
      undoes: act.id.toHexString(),
      why: 'You have asked for it to be undone.',
      before: { ...now, categories: [...now.categories] },
      change: { ...before, categories: [...before.categories] },
    },
  };
}

async function requireFolder({ client, signal }: WriteLease, folderId: string): Promise<void> {
  try {
    await client.send(getFolder(folderId), { signal });
  } catch (error) {
    if (!(error instanceof ItemNotFoundError)) throw error;
    throw new AppError(409, 'folder_gone', 'The folder that the message was in does not exist any more', {
      cause: error,
    });
  }
}

function resultInWords(result: Exclude<ActionResult, 'done'>): AppError {
  if (result === 'gone')
    return new AppError(409, 'message_gone', 'The message is gone: somebody has deleted it for good');
  if (result === 'paused') return new AutomationPausedError();
  return new AppError(409, 'undo_mismatch', 'The message is not as it was before: it can be undone as before');
}
