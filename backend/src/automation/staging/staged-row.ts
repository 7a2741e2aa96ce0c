import type { Types, UpdateQuery } from 'mongoose';
import { hourMs, minuteMs } from '../../lib/durations.ts';
import { type IStagedEmail, StagedEmail } from '../../models/index.ts';
import { after, exists } from '../../models/store/query-operators.ts';

// Words: docs/GLOSSARY.md, "Rules and automation". A claim, the status executing or
// rescuing, succeeds only on the status that was read, so that of two concurrent callers one gets it.

export type StagedRow = IStagedEmail & { readonly _id: Types.ObjectId };
type RescueReason = NonNullable<IStagedEmail['rescueReason']>;

const longestDelayMs = 6 * hourMs;

export function isOver({ status }: Pick<StagedRow, 'status'>): boolean {
  return status === 'executed' || status === 'rescued' || status === 'expired';
}

/** Claims a row for execution. @returns undefined when its status has changed since it was read */
export function claimExecution(row: StagedRow): Promise<StagedRow | undefined> {
  return updateIfUnchanged(row, { $set: { status: 'executing' }, $unset: { rescueReason: 1 } });
}

/**
 * Claims a row for a rescue. A rescue that was requested before keeps its reason.
 * @returns undefined when its status has changed since it was read
 */
export function claimRescue(row: StagedRow, reason: RescueReason): Promise<StagedRow | undefined> {
  const rescueReason = row.status === 'rescuing' ? (row.rescueReason ?? reason) : reason;
  return updateIfUnchanged(row, { $set: { status: 'rescuing', rescueReason } });
}

/** Gives up a claim: the message waits again. */
export async function releaseClaim(row: StagedRow): Promise<void> {
  await updateIfUnchanged(row, { $set: { status: 'staged' }, $unset: { rescueReason: 1 } });
}

/**
 * Gives up the open claims for execution on mail that is not due: its time was extended, or an execution before its
 * time has failed.
 * @param now milliseconds since the epoch
 */
export async function releaseUndueClaims(mailboxId: Types.ObjectId, now: number): Promise<void> {
  const expiresAt = after(new Date(now));
  await StagedEmail.updateMany({ mailboxId, status: 'executing', expiresAt }, { $set: { status: 'staged' } });
}

/** Gives up the claims for rescues while the kill switch is on: their reason stays, until they are resumed. */
export async function postponeRescues(mailboxId: Types.ObjectId): Promise<void> {
  await StagedEmail.updateMany({ mailboxId, status: 'rescuing' }, { $set: { status: 'staged' } });
}

/** Claims the rescues again that were postponed. */
export async function resumeRescues(mailboxId: Types.ObjectId): Promise<void> {
  const postponed = { mailboxId, status: 'staged' as const, rescueReason: exists() };
  await StagedEmail.updateMany(postponed, { $set: { status: 'rescuing' }, $unset: { fault: 1, nextTryAt: 1 } });
}

type FinalState =
  | { readonly status: 'executed'; readonly executedAt: Date }
  | { readonly status: 'rescued'; readonly rescuedAt: Date; readonly rescueReason: RescueReason }
  | { readonly status: 'expired' };

/** Stores how a staged message ended. @returns true when this call ended it, false when another one has */
export async function recordEnd(row: StagedRow, final: FinalState): Promise<boolean> {
  return (await updateIfUnchanged(row, { $set: final, $unset: { fault: 1, nextTryAt: 1 } })) !== undefined;
}

/**
 * Stores a failed attempt. The next one follows after a minute, then after two, four and so on, at most six hours. A
 * requested rescue stays requested; any other message waits again.
 * @param message the failure in words, without address or subject
 * @param now milliseconds since the epoch
 */
export async function recordFault({ _id }: StagedRow, message: string, now: number): Promise<void> {
  const row = await readOpenRow(_id);
  if (row === undefined) return;
  const count = (row.fault?.count ?? 0) + 1;
  const delayMs = Math.min(minuteMs * 2 ** (count - 1), longestDelayMs);
  const status = row.status === 'rescuing' ? 'rescuing' : 'staged';
  const fault = { count, message, at: new Date(now) };
  await updateIfUnchanged(row, { $set: { status, fault, nextTryAt: new Date(now + delayMs) } });
}

/** Reads the current row. @returns undefined when it has ended or does not exist */
export async function readOpenRow(id: Types.ObjectId): Promise<StagedRow | undefined> {
  const row = await StagedEmail.findById(id).lean<StagedRow>();
  return row === null || isOver(row) ? undefined : row;
}

/** Compares the status and sets: optimistic concurrency on one field. */
async function updateIfUnchanged(
  { _id, status }: StagedRow,
  update: UpdateQuery<IStagedEmail>,
): Promise<StagedRow | undefined> {
  const filter = { _id, status };
  const row = await StagedEmail.findOneAndUpdate(filter, update, { returnDocument: 'after' }).lean<StagedRow>();
  return row ?? undefined;
}
