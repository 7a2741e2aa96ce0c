import { MessageState, Rule } from '../models/index.ts';
import { type Evaluation, evaluatePending } from './evaluate-pending.ts';
import { withWriteLease, letOthersIn, type WriteDeps } from './write-lease.ts';
import { readDeparted, settleDeparted } from './staging/departed.ts';
import { recoverOpenActions } from './recover-actions.ts';

export interface AutomationDeps extends WriteDeps {
  /** Milliseconds that mail is staged before it is deleted. */
  readonly stagingMs: number;
}

/** Longer than others hold the write lease. */
const waitMs = 10_000;

/**
 * Settles the staged mail that was seen to have left the staging folder, and applies rules to all mail of a mailbox that
 * arrived since they were last applied.
 * @throws MailboxBusyError when others write to the mailbox all the time; GraphError; what getToken throws; the
 * signal's reason. Messages not evaluated by then stay pending.
 */
export async function automate(
  { stagingMs, ...deps }: AutomationDeps,
  { mailboxId, signal }: { readonly mailboxId: string; readonly signal: AbortSignal },
): Promise<Omit<Evaluation, 'more'>> {
  const sum = { evaluated: 0, acted: 0 };
  if ((await readDeparted(mailboxId)).length > 0) {
    await withWriteLease(deps, { mailboxId, signal, waitMs }, async (lease) => {
      await recoverOpenActions(lease);
      await settleDeparted(lease);
    });
  }
  for (;;) {
    if (!(await isPending(mailboxId))) return sum;
    const part = await withWriteLease(deps, { mailboxId, signal, waitMs }, async (lease) => {
      await recoverOpenActions(lease);
      return evaluatePending(lease, { stagingMs });
    });
    sum.evaluated += part.evaluated;
    sum.acted += part.acted;
    if (!part.more) return sum;
    await letOthersIn(signal);
  }
}

/** What was read needs no lease if no rule waits for it. */
async function isPending(mailboxId: string): Promise<boolean> {
  if ((await MessageState.exists({ mailboxId, automation: 'pending' })) !== null) return true;
  const read = { mailboxId, automationOnRead: 'pending' } as const;
  if ((await MessageState.exists(read)) === null) return false;
  const onRead = { isEnabled: true, 'trigger.kind': 'onRead' } as const;
  if ((await Rule.exists({ ...onRead, mailboxId })) ?? (await Rule.exists({ ...onRead, scope: 'org' }))) return true;
  await MessageState.updateMany(read, { $set: { automationOnRead: 'done' } });
  return false;
}
