import mongoose, { type Types, type UpdateQuery } from 'mongoose';
import { type IStagedEmail, StagedEmail } from '../../models/index.ts';

// Glossary: a *staged* message waits in the staging folder of its mailbox. In the end it is *executed*, put into
// Deleted Items; *rescued*, put back to where it was; or *expired*, because it is gone. A *claim*, executing or
// rescuing, says which of the first two is under way: of two who want to claim a row, one does.

export type StagedRow = IStagedEmail & { readonly _id: Types.ObjectId };
type RescueReason = NonNullable<IStagedEmail['rescueReason']>;

const minuteMs = 60_000;
const longestDelayMs = 6 * 60 * minuteMs;

export function isOver({ status }: Pick<StagedRow, 'status'>): boolean {
  return status === 'executed' || status === 'rescued' || status === 'expired';
}

/** Claims a row as it was read. @returns undefined when it is not as it was read any more */
export function claimExecution(row: StagedRow): Promise<StagedRow | undefined> {
  return change(row, { $set: { status: 'executing' } });
}

/** The same for a rescue; one that was asked for already keeps its reason. */
export function claimRescue(row: StagedRow, reason: RescueReason): Promise<StagedRow | undefined> {
  const rescueReason = row.status === 'rescuing' ? (row.rescueReason ?? reason) : reason;
  return change(row, { $set: { status: 'rescuing', rescueReason } });
}

/** Gives a claim up: the message goes on waiting. */
export async function release(row: StagedRow): Promise<void> {
  await change(row, { $set: { status: 'staged' }, $unset: { rescueReason: 1 } });
}

/**
 * Gives up claims for execution that were left behind, of what has time again: it was extended, or its owner's call has
 * failed.
 * @param now milliseconds since the epoch
 */
export async function releaseUndue(mailboxId: Types.ObjectId, now: number): Promise<void> {
  const expiresAt = mongoose.trusted({ $gt: new Date(now) });
  await StagedEmail.updateMany({ mailboxId, status: 'executing', expiresAt }, { $set: { status: 'staged' } });
}

type End =
  | { readonly status: 'executed'; readonly executedAt: Date }
  | { readonly status: 'rescued'; readonly rescuedAt: Date; readonly rescueReason: RescueReason }
  | { readonly status: 'expired' };

/** Writes down how it ended. @returns whether it was this call that ended it */
export async function end(row: StagedRow, how: End): Promise<boolean> {
  return (await change(row, { $set: how, $unset: { fault: 1, nextTryAt: 1 } })) !== undefined;
}

/**
 * Writes down that it could not be brought to its end now: it is tried again after a minute, then after two, and so on
 * up to six hours. What was to be rescued still is; anything else goes on waiting.
 * @param message in words; no address and no subject
 * @param now milliseconds since the epoch
 */
export async function noteFault({ _id }: StagedRow, message: string, now: number): Promise<void> {
  const row = await readOpenRow(_id);
  if (row === undefined) return;
  const count = (row.fault?.count ?? 0) + 1;
  const delayMs = Math.min(minuteMs * 2 ** (count - 1), longestDelayMs);
  const status = row.status === 'rescuing' ? 'rescuing' : 'staged';
  const fault = { count, message, at: new Date(now) };
  await change(row, { $set: { status, fault, nextTryAt: new Date(now + delayMs) } });
}

/** The row as it is now; undefined when it is over. */
export async function readOpenRow(id: Types.ObjectId): Promise<StagedRow | undefined> {
  const row = await StagedEmail.findById(id).lean<StagedRow>();
  return row === null || isOver(row) ? undefined : row;
}

async function change({ _id, status }: StagedRow, update: UpdateQuery<IStagedEmail>): Promise<StagedRow | undefined> {
  const filter = { _id, status };
  const row = await StagedEmail.findOneAndUpdate(filter, update, { returnDocument: 'after' }).lean<StagedRow>();
  return row ?? undefined;
}
