import { StagedEmail } from '../models/index.ts';
import { isInForce, mayKeepStaged } from '../rules/organization/rules-in-force.ts';
import { carryOut } from './executor.ts';
import { lookAt } from './find-message.ts';
import { concernsOneMessage } from './graph-faults.ts';
import { recoverIntents } from '../models/store/intent-log.ts';
import { type MailAction, actionsOn, mailActionOf, closeAction, readOpenActions } from './action-log.ts';
import { propertiesOf } from '../models/fields/message-properties.ts';
import type { WriteLease } from './write-lease.ts';
import { applied, isEmpty, remaining } from './message-properties.ts';

/**
 * Recovers the mail actions of a mailbox that were left open by a crash, or because Graph could not be asked: each is
 * completed, or left as it is found if its rule does not want it any more. None is dropped: what was done of one can be
 * undone. One that cannot be recovered now keeps none of the others from it.
 * @param messageId only those on this message
 * @returns the number of actions that were closed
 * @throws the first GraphError, after all others are recovered; LeaseLostError; the signal's reason
 */
export async function recoverOpenActions(lease: WriteLease, messageId?: string): Promise<number> {
  const { finished, failure } = await recoverIntents(actionsOn(lease.mailboxId, messageId), {
    concernsOne: concernsOneMessage,
    complete: async (intent) => {
      const action = mailActionOf(intent);
      if (action === undefined) return false;
      lease.signal.throwIfAborted();
      if (await isStillWanted(lease, action)) await carryOut(lease, action);
      else await leave(lease, action);
      return true;
    },
  });
  if (failure !== undefined) throw failure;
  return finished;
}

/**
 * Ends the open actions on a message whose owner reverses something: what a rule has not done yet is not done.
 * @returns the reversals that had been begun, and are done now
 * @throws GraphError when Graph cannot be asked now; LeaseLostError; the signal's reason
 */
export async function endOpenActions(lease: WriteLease, messageId: string): Promise<MailAction[]> {
  const done: MailAction[] = [];
  for (const action of await readOpenActions(lease.mailboxId, messageId)) {
    if (action.action !== 'email_rescued' && action.action !== 'undo_action') await leave(lease, action);
    else if ((await carryOut(lease, action)) === 'done') done.push(action);
  }
  return done;
}

async function isStillWanted({ clock, mailboxId }: WriteLease, { action, details }: MailAction): Promise<boolean> {
  if (action === 'rule_executed' || action === 'email_staged') {
    return isInForce({ ruleId: details.ruleId, version: details.ruleVersion }, mailboxId);
  }
  if (action !== 'email_executed') return true;
  const staged = await StagedEmail.findOne(
    { _id: details.stagedEmailId, status: 'executing' },
    'expiresAt ruleId',
  ).lean();
  if (staged === null) return false;
  if (details.cause === 'owner') return true;
  // its expiry may have been extended since, or its rule disabled
  if (staged.expiresAt.getTime() > clock()) return false;
  return staged.ruleId === undefined || mayKeepStaged(staged.ruleId, mailboxId);
}

/** Closes an action with what was done of it, which can be undone; the rest is not done any more. */
async function leave(lease: WriteLease, action: MailAction): Promise<void> {
  const message = await lookAt(lease, action.messageId);
  if (message === undefined) {
    await closeAction(action, 'gone', {});
    return;
  }
  const now = propertiesOf(message);
  const isDone = isEmpty(remaining(action.details.change, now));
  if (isDone) await carryOut(lease, { ...action, messageId: message.id }, now);
  else await closeAction(action, 'overtaken', applied(action.details.change, action.details.before, now));
}
