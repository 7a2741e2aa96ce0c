import { Rule, StagedEmail } from '../models/index.ts';
import { carryOut, look } from './executor.ts';
import { concernsOneMessage } from './graph-faults.ts';
import { type Act, closeAct, readOpenActs } from './action-log.ts';
import type { WriteLease } from './write-lease.ts';
import { applied, isEmpty, remaining } from './message-properties.ts';

/**
 * Brings the acts of a mailbox to their end that were left open: by a crash, or because Graph could not be asked. What
 * a rule was to do, and does not want any more, is left as it is found. One that cannot be settled keeps none of the
 * others from it.
 * @param messageId only those on this message
 * @returns how many acts were closed
 * @throws GraphError of the first that could not be settled now; LeaseLostError; the signal's reason
 */
export async function recoverOpenActs(lease: WriteLease, messageId?: string): Promise<number> {
  const acts = await readOpenActs(lease.mailboxId, messageId);
  let failure: Error | undefined;
  for (const act of acts) {
    lease.signal.throwIfAborted();
    try {
      if (await isStillWanted(lease, act)) await carryOut(lease, act);
      else await leave(lease, act);
    } catch (error) {
      if (!concernsOneMessage(error)) throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return acts.length;
}

/**
 * Ends what was left open on a message whose owner takes something back: what a rule has not done yet is not done.
 * @returns what had been begun of taking back, and is done now
 * @throws GraphError when Graph cannot be asked now; LeaseLostError; the signal's reason
 */
export async function endOpenActs(lease: WriteLease, messageId: string): Promise<Act[]> {
  const done: Act[] = [];
  for (const act of await readOpenActs(lease.mailboxId, messageId)) {
    if (act.action !== 'email_rescued' && act.action !== 'undo_action') await leave(lease, act);
    else if ((await carryOut(lease, act)) === 'done') done.push(act);
  }
  return done;
}

async function isStillWanted({ clock }: WriteLease, { action, details }: Act): Promise<boolean> {
  if (action === 'rule_executed' || action === 'email_staged') {
    return (await Rule.exists({ _id: details.ruleId, isEnabled: true, version: details.ruleVersion })) !== null;
  }
  if (action !== 'email_executed') return true;
  const staged = await StagedEmail.findOne(
    { _id: details.stagedEmailId, status: 'executing' },
    'expiresAt ruleId',
  ).lean();
  if (staged === null) return false;
  if (details.cause === 'owner') return true;
  // its time may have been extended since, and its rule switched off
  return staged.expiresAt.getTime() <= clock() && (await Rule.exists({ _id: staged.ruleId, isEnabled: true })) !== null;
}

/** What was done of an act stays done, and can be undone; the rest of it is not done any more. */
async function leave(lease: WriteLease, act: Act): Promise<void> {
  const now = await look(lease, act.messageId);
  if (now === undefined) await closeAct(act, 'gone', {});
  else if (isEmpty(remaining(act.details.change, now))) await carryOut(lease, act, now);
  else await closeAct(act, 'overtaken', applied(act.details.change, act.details.before, now));
}
