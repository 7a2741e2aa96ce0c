import mongoose, { type Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { eventRetentionDays } from '../../lib/retention.ts';
import { EmailEvent } from '../../models/index.ts';
import { pastLimitMs as limitMs, readTimes, rowsAtOnce, voteFields } from '../analysis/read-votes.ts';
import type { ReplayedRule } from '../replay.ts';
import { findSweeps } from '../detection/sweeps.ts';
import { type VoteContext, type VoteEvent, votesOf } from '../detection/votes.ts';
import { type PastReplay, ReplaySum } from './replay-sum.ts';

const dayMs = 24 * 60 * 60_000;
/** How far back a replay goes: no event is older. */
export const windowDays = eventRetentionDays;
const timeLimitExceeded = 50;

/** Whose past, and what must be known to judge it. */
export interface RecordedPast extends Pick<VoteContext, 'now' | 'folderKindOf' | 'blindWindows'> {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
}

/**
 * Runs a rule over what was recorded of a mailbox in the last 90 days: the matcher is that of live automation, the
 * votes are those of analysis. Reads only; holds a few thousand events at a time, whatever the mailbox.
 * @throws AppError 503 too_much when it takes the store too long
 */
export async function replayPast(past: RecordedPast, rule: ReplayedRule): Promise<PastReplay> {
  const since = new Date(past.now.getTime() - windowDays * dayMs);
  const sum = new ReplaySum();
  try {
    const context = { ...past, isSweep: findSweeps(await readTimes(past, since)) };
    for await (const rows of wholeMessages(past, since)) sum.add(votesOf(rows, context), rule);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === timeLimitExceeded)) throw cause;
    throw new AppError(503, 'too_much', 'Reading the past of this mailbox takes too long', { cause });
  }
  return { from: since, to: past.now, ...sum.result() };
}

/** Some thousand events at a time; those of one message come together. */
async function* wholeMessages({ userId, mailboxId }: RecordedPast, since: Date): AsyncGenerator<VoteEvent[]> {
  const events = EmailEvent.find({ userId, mailboxId, timestamp: mongoose.trusted({ $gte: since }) }, voteFields)
    .sort({ messageId: 1, eventType: 1 })
    .maxTimeMS(limitMs)
    .lean<VoteEvent>()
    .cursor({ batchSize: rowsAtOnce });
  let rows: VoteEvent[] = [];
  for await (const event of events) {
    if (rows.length >= rowsAtOnce && rows.at(-1)?.messageId !== event.messageId) {
      yield rows;
      rows = [];
    }
    rows.push(event);
  }
  yield rows;
}
