import type { Redis } from 'ioredis';
import { dayMs, secondMs } from '../../lib/durations.ts';

/** A message that Graph has told of. */
export interface NotifiedMessage {
  readonly messageId: string;
  /** When it was told of last, in milliseconds since the epoch. */
  readonly notifiedAt: number;
}

/** What is not looked at within a day is found by synchronization, and no trace of it stays here. */
const keptSeconds = dayMs / secondMs;

/** Many requests are taken in at once; a command must neither hold Redis up nor have more arguments than a call can. */
const wordsAtOnce = 2_000;

/** A message that was told of again since it was read from the list stays there, to be looked at again. */
const removeUnchanged = `
local removed = 0
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    removed = removed + redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return removed`;

/** The messages that wait to be looked at, in Redis: one sorted set for each mailbox, each message in it once. */
export class NotifiedMessages {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Adds messages, by mailbox; one that waits already takes the newer time.
   * @throws what Redis answers: when it is full, say
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

  /** The `count` messages of a mailbox that have waited longest. */
  async oldest(mailboxId: string, count: number): Promise<NotifiedMessage[]> {
    const reply = await this.#redis.zrange(keyOf(mailboxId), 0, count - 1, 'WITHSCORES');
    const messages: NotifiedMessage[] = [];
    for (let i = 0; i + 1 < reply.length; i += 2) {
      messages.push({ messageId: reply[i] ?? '', notifiedAt: Number(reply[i + 1]) });
    }
    return messages;
  }

  /** Removes messages that have been looked at, but for those told of again meanwhile. @returns how many */
  async remove(mailboxId: string, messages: readonly NotifiedMessage[]): Promise<number> {
    const members = messages.flatMap(({ messageId, notifiedAt }) => [messageId, String(notifiedAt)]);
    return Number(await this.#redis.eval(removeUnchanged, 1, keyOf(mailboxId), ...members));
  }

  /** Removes everything that waits in a mailbox. */
  async forget(mailboxId: string): Promise<void> {
    await this.#redis.del(keyOf(mailboxId));
  }
}

function keyOf(mailboxId: string): string {
  return `msedb:notified:${mailboxId}`;
}
