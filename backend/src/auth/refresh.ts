import mongoose, { type Types } from 'mongoose';
import { Mailbox } from '../models/index.ts';
import type { AccessTokens } from './access-tokens.ts';
import { GrantDeadError, MailboxPausedError } from './errors.ts';

const batchSize = 500;

/** Which access tokens a round renews: those that would end before `now + withinMs`. */
export interface RefreshRound {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly withinMs: number;
}

export type RefreshOutcome = 'renewed' | 'fresh' | 'disconnected' | 'paused';

/**
 * The connected mailboxes whose access token ends within the round, or of which nobody knows when it ends; in batches
 * in the order of their ids.
 */
export async function* mailboxesToRefresh(round: RefreshRound): AsyncGenerator<Types.ObjectId, void, void> {
  let after: Types.ObjectId | undefined;
  for (;;) {
    const batch = await Mailbox.find(
      { isConnected: true, ...(after === undefined ? {} : { _id: mongoose.trusted({ $gt: after }) }) },
      'encryptedTokens.expiresAt',
    )
      .sort({ _id: 1 })
      .limit(batchSize)
      .lean();
    for (const { _id, encryptedTokens } of batch) if (isDue(encryptedTokens?.expiresAt, round)) yield _id;
    if (batch.length < batchSize) return;
    after = batch.at(-1)?._id;
  }
}

/**
 * Renews a mailbox's access token, unless it outlasts the round. A dead grant is no failure of the job: the mailbox is
 * marked, its owner told, and there is nothing to repeat.
 * @throws TryLaterError; NotFoundError when the mailbox is gone; the signal's reason when it is aborted
 */
export async function refreshMailbox(
  tokens: AccessTokens,
  mailboxId: Types.ObjectId | string,
  { signal, ...round }: RefreshRound & { readonly signal?: AbortSignal },
): Promise<RefreshOutcome> {
  const mailbox = await Mailbox.findById(mailboxId, 'isConnected encryptedTokens.expiresAt').lean();
  if (mailbox?.isConnected === true && !isDue(mailbox.encryptedTokens?.expiresAt, round)) return 'fresh';
  try {
    await tokens.getToken(mailboxId, { forceRefresh: true, ...(signal === undefined ? {} : { signal }) });
    return 'renewed';
  } catch (error) {
    if (error instanceof GrantDeadError) return 'disconnected';
    if (error instanceof MailboxPausedError) return 'paused';
    throw error;
  }
}

function isDue(expiresAt: Date | undefined, { now, withinMs }: RefreshRound): boolean {
  return expiresAt === undefined || expiresAt.getTime() < now + withinMs;
}
