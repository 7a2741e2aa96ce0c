import type { Types } from 'mongoose';
import { Mailbox } from '../../models/index.ts';
import { after } from '../../models/store/query-operators.ts';
import type { AccessTokens } from './access-tokens.ts';
import { AccessBlockedError, GrantDeadError, MailboxPausedError } from '../errors.ts';

const batchSize = 500;

/** The access tokens that are renewed now: those that expire before `now + withinMs`. */
export interface RefreshWindow {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly withinMs: number;
}

export type RefreshOutcome = 'renewed' | 'fresh' | 'disconnected' | 'paused' | 'blocked';

/**
 * Yields the connected mailboxes whose access token expires within the window, or at an unknown time; by id, read in
 * batches.
 */
export async function* mailboxesToRefresh(window: RefreshWindow): AsyncGenerator<Types.ObjectId, void, void> {
  let last: Types.ObjectId | undefined;
  for (;;) {
    const batch = await Mailbox.find(
      { isConnected: true, ...(last && { _id: after(last) }) },
      'encryptedTokens.expiresAt',
    )
      .sort({ _id: 1 })
      .limit(batchSize)
      .lean();
    for (const { _id, encryptedTokens } of batch) if (isDue(encryptedTokens?.expiresAt, window)) yield _id;
    if (batch.length < batchSize) return;
    last = batch.at(-1)?._id;
  }
}

/**
 * Renews a mailbox's access token, unless it outlasts the window. A dead grant and a policy that blocks us are no
 * failures of the job: the mailbox is marked and its owner notified, and a retry would change nothing.
 * @throws TryLaterError; NotFoundError when the mailbox is gone; the signal's reason when it is aborted
 */
export async function refreshMailbox(
  tokens: AccessTokens,
  mailboxId: Types.ObjectId | string,
  { signal, ...window }: RefreshWindow & { readonly signal?: AbortSignal },
): Promise<RefreshOutcome> {
  const mailbox = await Mailbox.findById(mailboxId, 'isConnected encryptedTokens.expiresAt').lean();
  if (mailbox?.isConnected === true && !isDue(mailbox.encryptedTokens?.expiresAt, window)) return 'fresh';
  try {
    await tokens.getToken(mailboxId, { forceRefresh: true, ...(signal && { signal }) });
    return 'renewed';
  } catch (error) {
    if (error instanceof GrantDeadError) return 'disconnected';
    if (error instanceof MailboxPausedError) return 'paused';
    if (error instanceof AccessBlockedError) return 'blocked';
    throw error;
  }
}

function isDue(expiresAt: Date | undefined, { now, withinMs }: RefreshWindow): boolean {
  return expiresAt === undefined || expiresAt.getTime() < now + withinMs;
}
