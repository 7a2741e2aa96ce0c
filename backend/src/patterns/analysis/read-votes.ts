import mongoose, { type Types } from 'mongoose';
import { groupBy } from '../../lib/group-by.ts';
import { EmailEvent } from '../../models/index.ts';
import type { Vote } from '../detection/outcome.ts';
import { type VoteContext, type VoteEvent, votesOf } from '../detection/votes.ts';

/** How many events are read at once. */
export const rowsAtOnce = 2_000;
/** Longer than a list may take: it reads the whole past of a mailbox, in milliseconds. */
export const pastLimitMs = 20_000;
/** Serves both questions; without it a store may prefer to sort everything itself. */
const domainIndex = { userId: 1, 'sender.domain': 1, timestamp: -1 } as const;

/** What is read of an event. */
export const voteFields =
  'messageId eventType timestamp sender.email sender.domain subject subjectNormalized receivedAt fromFolder toFolder isRead metadata';

interface Owner {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
}

/** The domains from whose mail there are events since a time; a message of an unknown sender never votes. */
export async function domainsSince({ userId, mailboxId }: Owner, since: Date): Promise<string[]> {
  const groups = await EmailEvent.aggregate<{ _id: string | null }>([
    { $match: { userId, timestamp: { $gte: since }, mailboxId } },
    { $group: { _id: '$sender.domain' } },
  ]);
  return groups.flatMap(({ _id: domain }) => domain ?? []);
}

/**
 * The votes of all mail, sender by sender. All events of a message are of one domain, so domains are read one after the
 * other, and no more than a few thousand events, or those of one domain, are in memory at a time.
 * @param domains whose mail is read; all when it is left out
 * @throws the signal's reason when it is aborted
 */
export async function* votesBySender(
  owner: Owner,
  domains: readonly string[] | undefined,
  context: VoteContext,
  signal: AbortSignal,
): AsyncGenerator<readonly Vote[], void> {
  for await (const events of wholeDomains(owner, domains)) {
    signal.throwIfAborted();
    yield* groupBy(votesOf(events, context), ({ sender }) => sender).values();
  }
}

async function* wholeDomains({ userId, mailboxId }: Owner, domains: readonly string[] | undefined) {
  const ofDomains = domains === undefined ? {} : { 'sender.domain': mongoose.trusted({ $in: domains }) };
  const cursor = EmailEvent.find({ userId, ...ofDomains, mailboxId }, `-_id ${voteFields}`)
    .sort({ 'sender.domain': 1, timestamp: -1 })
    .hint(domainIndex)
    .lean<VoteEvent>()
    .cursor({ batchSize: rowsAtOnce });
  let events: VoteEvent[] = [];
  for await (const event of cursor) {
    if (events.length >= rowsAtOnce && events.at(-1)?.sender?.domain !== event.sender?.domain) {
      yield events;
      events = [];
    }
    events.push(event);
  }
  yield events;
}

/** When the owner marked messages read, in milliseconds. */
export async function readTimes({ userId, mailboxId }: Owner, since: Date): Promise<number[]> {
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
  const cursor = reads.maxTimeMS(pastLimitMs).lean<{ timestamp: Date }>().cursor({ batchSize: rowsAtOnce });
  for await (const { timestamp } of cursor) times.push(timestamp.getTime());
  return times;
}
