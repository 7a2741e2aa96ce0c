import mongoose, { type Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { EmailEvent } from '../../models/index.ts';
import type { ReplayedRule } from '../replay.ts';
import { findSweeps } from '../sweeps.ts';
import { type VoteContext, type VoteEvent, votesOf } from '../votes.ts';
import { type PastReplay, ReplaySum } from './replay-sum.ts';

const dayMs = 24 * 60 * 60_000;
/** How far back a replay goes: no event is older. */
export const windowDays = 90;
const rowsAtOnce = 2_000;
/** Longer than a list may take: it reads the whole past of a mailbox. */
const limitMs = 20_000;
const timeLimitExceeded = 50;

/** What is read of an event. */
export const voteFields =
  'messageId eventType timestamp sender.email sender.domain subject subjectNormalized receivedAt fromFolder toFolder isRead metadata';

/** Whose past, and what must be known to judge it. */
export interface RecordedPast extends Pick<VoteContext, 'now' | 'placeOf' | 'blindWindows'> {
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

/** When the owner marked messages read, in milliseconds. */
export async function readTimes(
  { userId, mailboxId }: Pick<RecordedPast, 'userId' | 'mailboxId'>,
  since: Date,
): Promise<number[]> {
  const times: number[] = [];
  const reads = EmailEvent.find(
    {
      userId,
      eventType: 'read',
      timestamp: mongoose.trusted({ $gte: since }),
      mailboxId,
      'metadata.automatedByAction': mongoose.trusted({ $exists: false }),
      'metadata.automatedByRule': mongoose.trusted({ $exists: false }),
    },
    { timestamp: 1, _id: 0 },
  );
  const cursor = reads.maxTimeMS(limitMs).lean<{ timestamp: Date }>().cursor({ batchSize: rowsAtOnce });
  for await (const { timestamp } of cursor) times.push(timestamp.getTime());
  return times;
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
