import { isIn, missing, since } from '../../models/store/query-operators.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { groupBy } from '../../lib/group-by.ts';
import { EmailEvent } from '../../models/index.ts';
import { type BurstOf, findBursts, type MessageAct } from '../detection/bursts.ts';
import type { Vote } from '../detection/outcome.ts';
import { type VoteContext, type VoteEvent, votesOf } from '../detection/votes.ts';

/** Number of events per batch of a cursor. */
export const rowsAtOnce = 2_000;
/** The store's time limit, in milliseconds, for reading the whole history of a mailbox. */
export const pastLimitMs = 20_000;
/** Serves both queries; without the hint a store may sort everything itself. */
const domainIndex = { userId: 1, 'sender.domain': 1, timestamp: -1 } as const;

/** The fields of an event that votes need. */
export const voteFields =
  'messageId eventType timestamp sender.name sender.email sender.domain subject subjectNormalized receivedAt fromFolder toFolder fromFolderKind toFolderKind isRead occurrences metadata';

/**
 * Returns the sender domains with events since a time; '' stands for the senders without a domain. A message of an
 * unknown sender never votes.
 */
export async function domainsSince({ userId, mailboxId }: MailboxOwner, start: Date): Promise<string[]> {
  const groups = await EmailEvent.aggregate<{ _id: string | null; address: string | null }>([
    { $match: { userId, timestamp: { $gte: start }, mailboxId } },
    { $group: { _id: '$sender.domain', address: { $max: '$sender.email' } } },
  ]);
  return groups.flatMap(({ _id: domain, address }) => domain ?? (address === null ? [] : ''));
}

/** The votes for the senders of some domains. */
interface VotesOfDomains {
  readonly domains: readonly string[];
  readonly senders: readonly (readonly Vote[])[];
}

/**
 * Yields the votes of a mailbox, some domains at a time, sender by sender. All events of a message have one domain, so domains are read one
 * after another, and memory holds a few thousand events at most, or those of one domain.
 * @param domains the domains to read; all when undefined
 * @throws the signal's reason when aborted
 */
export async function* votesByDomains(
  owner: MailboxOwner,
  domains: readonly string[] | undefined,
  context: VoteContext,
  signal: AbortSignal,
): AsyncGenerator<VotesOfDomains, void> {
  for await (const events of wholeDomains(owner, domains)) {
    signal.throwIfAborted();
    const senders = [...groupBy(votesOf(events, context), ({ sender }) => sender).values()];
    yield { domains: [...new Set(senders.flatMap(([first]) => first?.domain ?? []))], senders };
  }
}

async function* wholeDomains({ userId, mailboxId }: MailboxOwner, domains: readonly string[] | undefined) {
  const ofDomains =
    domains === undefined ? {} : { 'sender.domain': isIn(domains.map((domain) => (domain === '' ? null : domain))) };
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

/** Reads what the owner did to messages since a time, and returns which of it were bursts. */
export async function readBursts({ userId, mailboxId }: MailboxOwner, start: Date): Promise<BurstOf> {
  const acts: MessageAct[] = [];
  const found = EmailEvent.find(
    {
      userId,
      eventType: isIn(['read', 'moved', 'deleted'] as const),
      timestamp: since(start),
      mailboxId,
      'metadata.automatedByAction': missing(),
      'metadata.automatedByRule': missing(),
      'metadata.isMeeting': missing(),
    },
    { eventType: 1, timestamp: 1, fromFolder: 1, toFolder: 1, _id: 0 },
  );
  const cursor = found.maxTimeMS(pastLimitMs).lean<MessageAct>().cursor({ batchSize: rowsAtOnce });
  for await (const act of cursor) acts.push(act);
  return findBursts(acts);
}
