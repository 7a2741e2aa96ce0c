import { z } from 'zod';
import { Mailbox } from '../models/index.ts';
import { type StoredChange, type ChangeTopic, changeTopics } from '../models/store/change-signal.ts';

/** Tells the pages of a person what to read anew. */
export interface ChangeHint {
  readonly topics: readonly ChangeTopic[];
  /** The one mailbox that it concerns; undefined for several, or none. */
  readonly mailboxId?: string | undefined;
}

const message = z.strictObject({
  userId: z.string(),
  topics: z.array(z.enum(changeTopics)),
  mailboxId: z.string().optional(),
});

/** A hint for everything: what has changed is not known. */
export const allTopics: ChangeHint = { topics: changeTopics };

/** Returns one hint that says what both say. */
export function mergeHints(one: ChangeHint, other: ChangeHint): ChangeHint {
  const topics = [...new Set([...one.topics, ...other.topics])];
  return one.mailboxId === other.mailboxId ? { topics, mailboxId: one.mailboxId } : { topics };
}

/** Writes a hint for a user as the text that processes send to each other. */
export function writeHint(userId: string, { topics, mailboxId }: ChangeHint): string {
  return JSON.stringify({ userId, topics, mailboxId });
}

/** Reads such a text; undefined for any other. */
export function readHint(text: string): { readonly userId: string; readonly hint: ChangeHint } | undefined {
  if (!text.startsWith('{')) return undefined;
  const { success, data } = message.safeParse(JSON.parse(text));
  if (!success) return undefined;
  const { userId, ...hint } = data;
  return { userId, hint };
}

/** Finds the owners of mailboxes, and remembers them: a mailbox has one for ever. */
export class MailboxOwners {
  readonly #owners = new Map<string, string>();

  /** Returns the id of the user to whom a change belongs; undefined when it belongs to nobody (any more). */
  async ownerOf({ userId, mailboxId }: Pick<StoredChange, 'userId' | 'mailboxId'>): Promise<string | undefined> {
    if (userId !== undefined || mailboxId === undefined) return userId;
    const known = this.#owners.get(mailboxId);
    if (known !== undefined) return known;
    const row = await Mailbox.findById(mailboxId, 'userId').lean();
    if (row === null) return undefined;
    const owner = row.userId.toHexString();
    this.#owners.set(mailboxId, owner);
    return owner;
  }
}
