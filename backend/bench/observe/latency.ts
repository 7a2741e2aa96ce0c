import type { TruthEntry, TruthKind } from '../../emulator/ledgers/truth.ts';
import { EmailEvent } from '../../src/models/EmailEvent.ts';
import type { WatchedMailbox } from './watched-mailbox.ts';

const typeOf: Partial<Record<TruthKind, string>> = {
  deliver: 'arrived',
  move: 'moved',
  delete: 'deleted',
  purge: 'disappeared',
  read: 'read',
  flag: 'flagged',
  categorize: 'categorized',
};

interface Written {
  readonly messageId: string;
  readonly eventType: string;
  readonly updatedAt?: Date;
}

/**
 * Returns the time from each change to its event, in milliseconds; changes that make no event are left out.
 * @param entries of this mailbox, in a phase in which each message changed at most once in each way
 */
export async function latenciesOf(
  { mailboxId }: WatchedMailbox,
  entries: readonly TruthEntry[],
): Promise<readonly number[]> {
  const since = new Date(entries[0]?.atMs ?? 0);
  const projection = { _id: 0, messageId: 1, eventType: 1, updatedAt: 1 } as const;
  const rows = EmailEvent.collection.find<Written>({ mailboxId, updatedAt: { $gte: since } }, { projection });
  const writtenAt = new Map<string, number>();
  for (const { messageId, eventType, updatedAt } of await rows.toArray()) {
    if (updatedAt !== undefined) writtenAt.set(`${eventType}/${messageId}`, updatedAt.getTime());
  }
  return entries.flatMap(({ kind, item, atMs }) => {
    const at = writtenAt.get(`${typeOf[kind]}/${item}`);
    return at === undefined || at < atMs ? [] : [at - atMs];
  });
}
