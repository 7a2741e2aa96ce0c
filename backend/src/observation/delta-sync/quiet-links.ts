import type { UpdateQuery } from 'mongoose';
import type { IMailbox } from '../../models/index.ts';
import { secondMs } from '../../lib/durations.ts';

type Update = UpdateQuery<IMailbox>;

/** The row with all links is large where there are many folders: its lease needs a write a minute, not one a folder. */
const keptForMs = 5 * secondMs;

/**
 * Links of folders in which nothing had changed, until they are stored together. If a crash loses them, the older ones
 * lead to the same.
 */
export class QuietLinks {
  readonly #links = new Map<string, string>();
  #since: number | undefined;

  /** @param now milliseconds since the epoch */
  add(folderId: string, link: string, now: number): void {
    this.#links.set(folderId, link);
    this.#since ??= now;
  }

  /** Forgets the link of a folder, because another one or none is stored now. */
  drop(folderId: string): void {
    this.#links.delete(folderId);
  }

  /** Tells if it is time to store them. */
  areDue(now: number): boolean {
    return this.#since !== undefined && now - this.#since >= keptForMs;
  }

  /** Returns the update that stores them with another one, and forgets them. */
  with({ $set, $unset, ...update }: Update): Update {
    const links = [...this.#links];
    this.#links.clear();
    this.#since = undefined;
    const removed = { ...$unset, ...Object.fromEntries(links.map(([id]) => [`fullRounds.${id}`, 1])) };
    return {
      ...update,
      $set: { ...$set, ...Object.fromEntries(links.map(([id, link]) => [`deltaLinks.${id}`, link])) },
      ...(Object.keys(removed).length === 0 ? {} : { $unset: removed }),
    };
  }
}
