import type { OtherActor } from '../ledgers/truth.ts';
import type { Mailbox } from './mailbox.ts';
import type { Message } from './message.ts';

/** What a burst does to each of its messages. */
export const burstDeeds = [
  'move',
  'delete',
  'softDelete',
  'hardDelete',
  'purge',
  'archiveOnline',
  'changeId',
  'read',
  'unread',
  'flag',
  'categorize',
] as const;
type BurstDeed = (typeof burstDeeds)[number];

/** One act on many messages: a retention policy, AutoArchive, Sweep, an admin, another app, or the owner at once. */
export interface Burst {
  readonly do: BurstDeed;
  /** The owner, unless somebody else is named. */
  readonly by?: OtherActor | 'person' | undefined;
  /** For move: id or well-known name. */
  readonly to?: string | undefined;
  readonly categories?: readonly string[] | undefined;
  /** Ids; otherwise the messages that the rest describes. */
  readonly messages?: readonly string[] | undefined;
  /** Id or well-known name; otherwise the whole mailbox. */
  readonly folder?: string | undefined;
  /** Address of the sender. */
  readonly from?: string | undefined;
  readonly olderThanDays?: number | undefined;
  readonly limit?: number | undefined;
}

const dayMs = 24 * 60 * 60_000;

/**
 * Carries a burst out, as one act in the truth ledger.
 * @param nowMs the emulator's time, for the age of messages
 * @returns the ids of the messages, as they were before
 * @throws GraphFailure when it cannot be done
 */
export function runBurst(mailbox: Mailbox, burst: Burst, nowMs: number): string[] {
  const ids = burst.messages ?? selected(mailbox, burst, nowMs).map(({ id }) => id);
  mailbox.truth.asOneAct(() => {
    for (const id of ids) actOn(mailbox, id, burst);
  });
  return [...ids];
}

function selected(mailbox: Mailbox, { folder, from, olderThanDays, limit }: Burst, nowMs: number): Message[] {
  return mailbox
    .messages(folder)
    .filter((message) => from === undefined || message.from.address.toLowerCase() === from.toLowerCase())
    .filter(({ receivedAtMs }) => olderThanDays === undefined || nowMs - receivedAtMs > olderThanDays * dayMs)
    .slice(0, limit);
}

function actOn(mailbox: Mailbox, id: string, { do: deed, by = 'person', to, categories = [] }: Burst): unknown {
  switch (deed) {
    case 'move':
      return mailbox.move(id, to ?? 'archive', by);
    case 'delete':
      return mailbox.move(id, 'deleteditems', by, 'delete');
    case 'softDelete':
      return mailbox.softDelete(id, by);
    case 'hardDelete':
      return mailbox.hardDelete(id, by);
    case 'purge':
      return mailbox.purge(id, by);
    case 'archiveOnline':
      return mailbox.archiveOnline(id, by);
    case 'changeId':
      return mailbox.changeId(id);
    case 'read':
    case 'unread':
      return mailbox.update(id, { isRead: deed === 'read' }, by);
    case 'flag':
      return mailbox.update(id, { flag: { flagStatus: 'flagged' } }, by);
    case 'categorize':
      return mailbox.update(id, { categories }, by);
    default:
      return deed satisfies never;
  }
}
