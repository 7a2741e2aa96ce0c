import { MessageState } from '../models/index.ts';
import { type Evaluation, evaluatePending } from './evaluate-pending.ts';
import { withWriteLease, letOthersIn, type WriteDeps } from './write-lease.ts';
import { recoverOpenActions } from './recover-actions.ts';

export interface AutomationDeps extends WriteDeps {
  /** How long mail that a rule deletes waits first, in milliseconds. */
  readonly stagingMs: number;
}

/** Longer than others write to a mailbox in one go. */
const waitMs = 10_000;

/**
 * Lets rules look at all the mail of a mailbox that has come in since they did so last.
 * @throws MailboxBusyError when others write to the mailbox all the time; GraphError; what getToken throws; the
 * signal's reason. What was not looked at by then keeps waiting.
 */
export async function automate(
  { stagingMs, ...deps }: AutomationDeps,
  { mailboxId, signal }: { readonly mailboxId: string; readonly signal: AbortSignal },
): Promise<Omit<Evaluation, 'more'>> {
  const sum = { evaluated: 0, acted: 0 };
  for (;;) {
    if ((await MessageState.exists({ mailboxId, automation: 'pending' })) === null) return sum;
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
