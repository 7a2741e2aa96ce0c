import type { Types } from 'mongoose';
import { dayMs } from '../../lib/durations.ts';
import { AppError } from '../../lib/errors.ts';
import { eventRetentionDays } from '../../lib/retention.ts';
import { EmailEvent } from '../../models/index.ts';
import { pastLimitMs as limitMs, readBursts, rowsAtOnce, voteFields } from '../analysis/read-votes.ts';
import type { ReplayedRule } from '../replay.ts';
import { type VoteContext, type VoteEvent, votesOf } from '../detection/votes.ts';
import { type PastReplay, ReplaySum } from './replay-sum.ts';
import { since } from '../../models/store/query-operators.ts';

/** The number of days that a replay covers: events are kept for as long. */
export const windowDays = eventRetentionDays;
const timeLimitExceeded = 50;

/** The mailbox whose past is replayed, and the facts to judge it by. */
export interface RecordedPast extends Pick<VoteContext, 'now' | 'folderKindOf' | 'blindWindows'> {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
}

/**
 * Replays a rule over the events of a mailbox of the last 90 days: the matcher is that of live automation, the votes are
 * those of analysis. Reads only; holds a few thousand events at a time, whatever the size of the mailbox.
 * @throws AppError 503 too_much if it takes the store too long
 */
export async function replayPast(past: RecordedPast, rule: ReplayedRule): Promise<PastReplay> {
  const from = new Date(past.now.getTime() - windowDays * dayMs);
  const sum = new ReplaySum();
  try {
    const context = { ...past, burstOf: await readBursts(past, from) };
    for await (const rows of wholeMessages(past, from)) sum.add(votesOf(rows, context), rule, past.now);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === timeLimitExceeded)) throw cause;
    throw new AppError(503, 'too_much', 'Reading the events of this mailbox takes too long: try again later', {
      cause,
    });
  }
  return { from, to: past.now, ...sum.result() };
}

/** Yields a few thousand events at a time; those of one message stay together. */
async function* wholeMessages({ userId, mailboxId }: RecordedPast, from: Date): AsyncGenerator<VoteEvent[]> {
  const events = EmailEvent.find({ userId, mailboxId, timestamp: since(from) }, voteFields)
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
