import type { Redis } from 'ioredis';
import { dayMs, secondMs } from '../../lib/durations.ts';

/** A message that Graph has sent a change notification about. */
export interface NotifiedMessage {
  readonly messageId: string;
  /** Time of the latest change notification, in milliseconds since the epoch. */
  readonly notifiedAt: number;
}

/** Messages that are not read within a day expire here: synchronization finds their changes. */
const keptSeconds = dayMs / secondMs;

/** Bound on the arguments of a command, so that it neither blocks Redis nor exceeds the limit of a function call. */
const wordsAtOnce = 2_000;

/** Keeps messages that were notified again since they were read from the list. */
const removeUnchanged = `
local removed = 0
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    removed = removed + redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return removed`;

/** The messages that wait to be read, in Redis: a sorted set per mailbox, with each message once. */
export class NotifiedMessages {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Adds messages, by mailbox; a message that waits already takes the newer time.
   * @throws the error of Redis, for example when it is full
   */
  async add(byMailbox: ReadonlyMap<string, ReadonlySet<string>>, notifiedAt: number): Promise<void> {
    const commands = this.#redis.pipeline();
    for (const [mailboxId, messageIds] of byMailbox) {
      const members = [...messageIds].flatMap((messageId) => [notifiedAt, messageId]);
      for (let start = 0; start < members.length; start += wordsAtOnce) {
        commands.zadd(keyOf(mailboxId), 'GT', ...members.slice(start, start + wordsAtOnce));
      }
      commands.expire(keyOf(mailboxId), keptSeconds);
    }
    for (const [error] of (await commands.exec()) ?? []) if (error !== null) throw error;
  }

  /** Returns the `count` longest waiting messages of a mailbox. */
  async oldest(mailboxId: string, count: number): Promise<NotifiedMessage[]> {
    const reply = await this.#redis.zrange(keyOf(mailboxId), 0, count - 1, 'WITHSCORES');
    const messages: NotifiedMessage[] = [];
    for (let i = 0; i + 1 < reply.length; i += 2) {
      messages.push({ messageId: reply[i] ?? '', notifiedAt: Number(reply[i + 1]) });
    }
    return messages;
  }

  /** Removes messages that were read, except those notified again meanwhile. @returns the number removed */
  async remove(mailboxId: string, messages: readonly NotifiedMessage[]): Promise<number> {
    const members = messages.flatMap(({ messageId, notifiedAt }) => [messageId, String(notifiedAt)]);
    return Number(await this.#redis.eval(removeUnchanged, 1, keyOf(mailboxId), ...members));
  }

  /** Removes all waiting messages of a mailbox. */
  async forget(mailboxId: string): Promise<void> {
    await this.#redis.del(keyOf(mailboxId));
  }
}

function keyOf(mailboxId: string): string {
  return `msedb:notified:${mailboxId}`;
}
