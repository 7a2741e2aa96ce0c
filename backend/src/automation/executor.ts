import { GraphError, ItemNotFoundError } from '../graph/errors.ts';
import { moveMessage, patchMessage } from '../graph/messages.ts';
import { completeAction } from './action-effects.ts';
import { lookAt, noteChangedId } from './find-message.ts';
import { isHeldError, requireRunning } from './kill-switch.ts';
import { isRefusedChange } from './graph-faults.ts';
import { foldersOf } from './places/fresh-folders.ts';
import { type MailAction, type ActionResult, closeAction } from './action-log.ts';
import type { WriteLease } from './write-lease.ts';
import { applied, type PropertyChange, isEmpty, remaining } from './message-properties.ts';
import { type MessageProperties, propertiesOf } from '../models/fields/message-properties.ts';

/** The number of times a message is read and written to before its action is given up for now. */
const maxAttempts = 3;
/** A write that is throttled for longer is started again, because the kill switch is read right before each write. */
const patienceMs = 500;

/** These put mail into a folder that its owner has, and may have deleted since. The others use folders of Exchange or ours. */
const needsPlace: ReadonlySet<MailAction['action']> = new Set<MailAction['action']>([
  'rule_executed',
  'undo_action',
  'email_rescued',
]);

/**
 * Carries out an open action: reads the message, writes what it does not show yet, and closes the action. Idempotent,
 * wherever an earlier call was interrupted. A message that cannot be moved to its folder is left as it was before: what
 * was set beside is set back.
 * @param seen the properties of the message, if it was just read
 * @returns the result; `paused` if the kill switch is on, and then nothing further is written
 * @throws GraphError if Graph cannot do it now: the action stays open; LeaseLostError; the signal's reason
 */
export async function carryOut(lease: WriteLease, opened: MailAction, seen?: MessageProperties): Promise<ActionResult> {
  const { before, change } = opened.details;
  let { action, now }: Located = seen === undefined ? await lookUp(lease, opened) : { action: opened, now: seen };
  let obstacle: 'paused' | 'failed' | undefined;
  for (let attempts = 1; ; attempts += 1) {
    if (now === undefined) return close(action, 'gone', {});
    const left = remaining(change, now);
    if (isEmpty(left)) return close(action, 'done', change);
    const effect = applied(change, before, now);
    if (wasMoved(action, now)) return close(action, 'overtaken', effect);
    if (obstacle === undefined && (await lacksPlace(lease, action, left))) obstacle = 'failed';
    if (obstacle === 'failed' && left.folderId !== undefined)
      return close(action, 'failed', await setBack(lease, action, now));
    if (obstacle !== undefined || attempts > maxAttempts) return close(action, obstacle ?? 'failed', effect);
    const { messageId } = action;
    obstacle = await attempt(lease, messageId, { left, isLast: attempts === maxAttempts });
    // a part of the write may have succeeded, and what was not found may have another id
    ({ action, now } = await lookUp(lease, action));
    if (obstacle === 'failed' && action.messageId !== messageId) obstacle = undefined;
  }
}

interface Located {
  readonly action: MailAction;
  readonly now: MessageProperties | undefined;
}

async function lacksPlace(lease: WriteLease, { action }: MailAction, { folderId }: PropertyChange): Promise<boolean> {
  if (folderId === undefined || !needsPlace.has(action)) return false;
  const folders = await foldersOf(lease);
  return (await folders.faultOf(folderId)) !== undefined;
}

/**
 * Sets back what an action has set beside the folder, unless the kill switch is on or Graph refuses it for good.
 * @returns what the action has changed after all
 * @throws GraphError if Graph cannot do it now
 */
async function setBack(
  lease: WriteLease,
  { messageId, details: { before, change } }: MailAction,
  now: MessageProperties,
): Promise<PropertyChange> {
  const { folderId: _stays, ...set } = applied(change, before, now);
  if (isEmpty(set)) return applied(change, before, now);
  const { isRead, flagStatus, categories } = before;
  const back = {
    ...(set.isRead === undefined ? {} : { isRead }),
    ...(set.flagStatus === undefined ? {} : { flagStatus }),
    ...(set.categories === undefined ? {} : { categories }),
  };
  const hindrance = await attempt(lease, messageId, { left: back, isLast: true });
  const message = hindrance === undefined ? await lookAt(lease, messageId) : undefined;
  const after = hindrance === undefined ? message && propertiesOf(message) : now;
  return after === undefined ? {} : applied(change, before, after);
}

interface Attempt {
  readonly left: PropertyChange;
  readonly isLast: boolean;
}

/** @returns the reason why the write cannot be done, now or at all */
async function attempt(
  lease: WriteLease,
  messageId: string,
  { left, isLast }: Attempt,
): Promise<'paused' | 'failed' | undefined> {
  try {
    await write(lease, messageId, left);
    return undefined;
  } catch (error) {
    if (isHeldError(error)) return 'paused';
    // not found: either the message, which the next read shows, or the target folder
    if (error instanceof ItemNotFoundError) {
      if (left.folderId === undefined) return undefined;
      (await foldersOf(lease)).forget();
      return 'failed';
    }
    if (isRefusedChange(error)) return 'failed';
    if (error instanceof GraphError && error.retryable && !isLast) return undefined;
    throw error;
  }
}

/** Reads a message, and keeps the action at it when its id has changed; `now` is undefined if it is gone. */
async function lookUp(lease: WriteLease, action: MailAction): Promise<Located> {
  const message = await lookAt(lease, action.messageId);
  if (message === undefined) return { action, now: undefined };
  return { action: { ...action, messageId: message.id }, now: propertiesOf(message) };
}

/** Tests whether the message is neither where it was before nor where the action moves it. */
function wasMoved({ details: { before, change } }: MailAction, now: MessageProperties): boolean {
  return now.folderId !== before.folderId && now.folderId !== change.folderId;
}

/** Writes properties before the move, so that the message is complete where its owner finds it. */
async function write(lease: WriteLease, messageId: string, left: PropertyChange): Promise<void> {
  const { client, mailboxId, signal, hold } = lease;
  const { folderId, flagStatus, ...others } = left;
  const properties = { ...others, ...(flagStatus === undefined ? {} : { flag: { flagStatus } }) };
  const options = { signal, maxWaitMs: patienceMs };
  if (!isEmpty(properties)) {
    await hold();
    await requireRunning(mailboxId);
    await client.send(patchMessage(messageId, properties), options);
  }
  if (folderId === undefined) return;
  await hold();
  await requireRunning(mailboxId);
  const { id } = await client.send(moveMessage(messageId, folderId), options);
  if (id !== messageId) await noteChangedId(lease, messageId, id);
}

/** Stores the effects before it closes the action: after a crash between the two they are stored again. */
async function close(action: MailAction, result: ActionResult, effect: PropertyChange): Promise<ActionResult> {
  if (result === 'done') await completeAction(action);
  await closeAction(action, result, effect);
  return result;
}
