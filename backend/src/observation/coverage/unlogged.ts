import type { Types } from 'mongoose';
import { graphSecond } from '../../graph/graph-second.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { type IMailbox, Mailbox } from '../../models/index.ts';
import { since } from '../../models/store/query-operators.ts';
import type { RecognizeRule } from '../changes/observation.ts';
import { baseIntervalMs } from '../delta-sync/sync-interval.ts';
import { newestWindows } from './blind-windows.ts';

// An older backup of the database lacks the entries of our own actions, and observation would take them for the owner's.
// So the period between the backup and the restore is a blind window, which does not vote, and goes on until the mailbox
// has been read completely.

type Period = NonNullable<IMailbox['unlogged']>;
/** Returns what recognizes the acts of rules of a mailbox in a period. */
export type RecognizerOf = (owner: MailboxOwner, period: Period) => Promise<RecognizeRule>;

type Row = { readonly _id: Types.ObjectId } & Pick<IMailbox, 'userId' | 'unlogged'>;

/** Returns what recognizes acts of rules that the action log of a mailbox lacks; undefined when it lacks none. */
export async function recognizerFor(
  { _id: mailboxId, userId, unlogged }: Row,
  recognizerOf: RecognizerOf | undefined,
): Promise<RecognizeRule | undefined> {
  return unlogged === undefined ? undefined : recognizerOf?.({ userId, mailboxId }, unlogged);
}

/**
 * Returns the update that ends the unlogged period of a mailbox, if a whole cycle was read since the restore.
 * @param now milliseconds since the epoch
 */
export function endUnlogged({ unlogged }: Pick<Row, 'unlogged'>, cycleStartedAt: Date, now: number) {
  if (unlogged === undefined || cycleStartedAt < unlogged.to) return {};
  const window = { from: unlogged.to, to: new Date(now), reason: 'restored' } as const;
  return { $push: { blindWindows: newestWindows(window) }, $unset: { unlogged: 1 as const } };
}

/**
 * Notes for all mailboxes that have been read that the action log may lack a period, and makes them due for
 * synchronization.
 * @param from start of the period; for each mailbox its last synchronization when undefined
 * @param now end of the period, in milliseconds since the epoch
 * @returns the number of mailboxes
 */
export async function noteUnlogged(from: Date | undefined, now: number): Promise<number> {
  let noted = 0;
  const to = new Date(now);
  const rows = Mailbox.find({ lastSyncAt: since(new Date(0)) }, 'lastSyncAt')
    .lean()
    .cursor();
  for await (const { _id, lastSyncAt = to } of rows) {
    const start = graphSecond((from ?? lastSyncAt).getTime());
    const period = { from: start < to ? start : to, to }; // a clock may have been set back
    await Mailbox.updateOne(
      { _id },
      {
        $set: { unlogged: period, nextSyncAt: to, syncIntervalMs: baseIntervalMs },
        $push: { blindWindows: newestWindows({ ...period, reason: 'restored' }) },
        $unset: { syncLease: 1 }, // it may be that of the backup; a holder that lives notices
      },
    );
    noted += 1;
  }
  return noted;
}
