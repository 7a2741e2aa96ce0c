import { MonthlyCount } from '../../models/index.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { isIn, since, sinceAndBefore } from '../../models/store/query-operators.ts';
import { dayMs } from '../../lib/durations.ts';
import { eventRetentionMs } from '../../lib/retention.ts';
import { outcomeKey, outcomeOfKey, type Vote } from '../detection/outcome.ts';
import { countMonths, monthOf, type MonthCount, startOfMonth } from '../detection/past.ts';

/** Months that a count is kept after its month. */
const keptMonths = 12;
/** Mail votes from its second day on, and a look may come late. */
const settledMs = 2 * dayMs;
const rowsAtOnce = 1_000;

/** Which months are known by counts, and which by events. */
export interface Months {
  /** The first month whose events are all kept: of what arrived before, the rest is known by its counts. */
  readonly firstWhole: string;
  readonly now: Date;
}

/** Returns the months at a time. */
export function monthsAt(now: Date): Months {
  const begun = monthOf(new Date(now.getTime() - eventRetentionMs));
  return { firstWhole: monthOf(startOfMonth(begun, 1)), now };
}

/** Returns the counts without the messages whose events are still there, and which vote themselves. */
export function withoutVotes(
  past: readonly MonthCount[],
  votes: readonly Vote[],
  { firstWhole }: Months,
): MonthCount[] {
  const voting = countMonths(votes.filter(({ receivedAt }) => monthOf(receivedAt) < firstWhole));
  return past.flatMap((count) => {
    const same = voting.find((other) => keyOf(other) === keyOf(count));
    const messages = count.messages - (same?.messages ?? 0);
    return messages > 0 ? [{ ...count, messages }] : [];
  });
}

function keyOf({ month, outcome, opened }: MonthCount): string {
  return `${month} ${opened} ${outcomeKey(outcome)}`;
}

/** Counts the votes for one sender in the months that are over. */
export function countClosed(votes: readonly Vote[], { firstWhole, now }: Months): MonthCount[] {
  const open = monthOf(new Date(now.getTime() - settledMs));
  return countMonths(votes).filter(({ month }) => month >= firstWhole && month < open);
}

/** Reads the counts of former months for the senders of some domains, by sender. */
export async function readPast(
  { userId, mailboxId }: MailboxOwner,
  domains: readonly string[],
  { firstWhole, now }: Months,
): Promise<ReadonlyMap<string, readonly MonthCount[]>> {
  const month = sinceAndBefore(monthOf(startOfMonth(monthOf(now), -keptMonths)), firstWhole);
  const rows = MonthlyCount.find(
    { userId, mailboxId, domain: isIn(domains), month },
    '-_id sender month outcome opened messages',
  );
  const past = new Map<string, MonthCount[]>();
  for await (const { sender, outcome: key, ...count } of rows.lean().cursor({ batchSize: rowsAtOnce })) {
    const outcome = outcomeOfKey(key);
    if (outcome === undefined) continue;
    const known = past.get(sender) ?? [];
    known.push({ ...count, outcome });
    past.set(sender, known);
  }
  return past;
}

/** The counts of one sender. */
export interface SenderMonths {
  readonly sender: string;
  readonly domain: string;
  readonly counts: readonly MonthCount[];
}

/**
 * Stores the counts of the months that are over and whose events are all kept, in place of former ones. Analysis reads
 * them only when the events are gone, two months later; until then a repetition makes good what a crash interrupted.
 */
export async function storeMonths(
  { userId, mailboxId }: MailboxOwner,
  senders: readonly SenderMonths[],
  { firstWhole }: Months,
): Promise<void> {
  await MonthlyCount.deleteMany({ userId, mailboxId, month: since(firstWhole) });
  const rows = senders.flatMap(({ sender, domain, counts }) =>
    counts.map(({ outcome, ...count }) => ({
      ...count,
      userId,
      mailboxId,
      sender,
      domain,
      outcome: outcomeKey(outcome),
      expiresAt: startOfMonth(count.month, keptMonths + 1),
    })),
  );
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await MonthlyCount.insertMany(rows.slice(start, start + rowsAtOnce), { ordered: false, lean: true });
  }
}
