import { AccessDeniedError, ItemNotFoundError, UnreadableItemError } from '../../graph/errors.ts';
import type { GraphClient } from '../../graph/client.ts';
import { getFolder, type MailFolder } from '../../graph/folders.ts';
import { defined } from '../../lib/defined.ts';
import { type IMailFolder, Mailbox } from '../../models/index.ts';
import { isNot } from '../../models/store/query-operators.ts';
import type { Observation, ObservedMailbox } from './observation.ts';

// A deleted message stays readable by id until its retention ends, in a folder that no list shows. So does mail in
// hidden folders, which migrations leave behind. Which of the two it is shows in the folders above.

interface LookupDeps {
  readonly client: GraphClient;
  readonly mailbox: ObservedMailbox;
}

/** More folders above each other than any mailbox has. */
const maxDepth = 50;

/**
 * Reads the folders that messages lie in and no list shows, once each, and stores them with the mailbox. A message whose
 * folder cannot be read counts as gone: nothing is known of where it went.
 * @throws GraphError that may be temporary; the signal's reason when it is aborted
 */
export async function placeUnlisted(
  deps: LookupDeps,
  looks: readonly Observation[],
  signal: AbortSignal,
): Promise<Observation[]> {
  const { mailbox } = deps;
  const unlisted = new Set(looks.flatMap((look) => (look.kind === 'present' ? [look.message.parentFolderId] : [])));
  for (const id of unlisted) if (mailbox.isKnownFolder?.(id) !== false) unlisted.delete(id);
  if (unlisted.size === 0) return [...looks];
  const lookup = new FolderLookup(deps, signal);
  for (const id of unlisted) {
    const folder = await lookup.find(id);
    if (folder === undefined) continue;
    await remember(mailbox, folder);
    unlisted.delete(id);
  }
  return looks.map((look) => {
    if (look.kind === 'gone' || !unlisted.has(look.message.parentFolderId)) return look;
    const { sentAt, answeredAt } = look;
    return { kind: 'gone', messageId: look.message.id, sentAt, answeredAt };
  });
}

async function remember(mailbox: ObservedMailbox, folder: IMailFolder): Promise<void> {
  await Mailbox.updateOne({ _id: mailbox.mailboxId, 'folders.id': isNot(folder.id) }, { $push: { folders: folder } });
  mailbox.learnFolder?.(folder);
}

class FolderLookup {
  readonly #deps: LookupDeps;
  readonly #signal: AbortSignal;
  readonly #answers = new Map<string, MailFolder | undefined>();

  constructor(deps: LookupDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
  }

  /** @returns undefined when the folder, or one above it, cannot be read */
  async find(id: string): Promise<IMailFolder | undefined> {
    const folder = await this.#read(id);
    if (folder === undefined) return undefined;
    const isRecoverable = await this.#isRecoverable(folder);
    if (isRecoverable === undefined) return undefined;
    return defined<IMailFolder>({
      id,
      displayName: folder.displayName ?? id,
      parentFolderId: folder.parentFolderId ?? undefined,
      isHidden: true,
      kind: isRecoverable ? 'recoverable' : undefined,
    });
  }

  /** Recoverable Items: Deletions itself, a folder beside it, or one that is not below the root of all mail folders. */
  async #isRecoverable(folder: MailFolder): Promise<boolean | undefined> {
    const deletions = await this.#read('recoverableitemsdeletions');
    if (folder.id === deletions?.id) return true;
    const parent = folder.parentFolderId ?? undefined;
    if (parent !== undefined && parent === deletions?.parentFolderId) return true;
    const root = await this.#rootId();
    let above: MailFolder | undefined = folder;
    for (let depth = 0; depth < maxDepth; depth += 1) {
      const parentId: string | undefined = above.parentFolderId ?? undefined;
      if (parentId === undefined) return root === undefined ? undefined : true;
      if (parentId === root || this.#isListed(parentId)) return false;
      above = await this.#read(parentId);
      if (above === undefined) return undefined;
    }
    return undefined;
  }

  /** The root by its name, or else as the parent of the inbox: one answer alone may come without an id. */
  async #rootId(): Promise<string | undefined> {
    const root = await this.#read('msgfolderroot');
    return root?.id ?? (await this.#read('inbox'))?.parentFolderId ?? undefined;
  }

  #isListed(id: string): boolean {
    const { isKnownFolder, folderKindOf } = this.#deps.mailbox;
    return isKnownFolder?.(id) === true && folderKindOf(id) !== 'recoverable';
  }

  async #read(id: string): Promise<MailFolder | undefined> {
    if (!this.#answers.has(id)) this.#answers.set(id, await this.#ask(id));
    return this.#answers.get(id);
  }

  async #ask(id: string): Promise<MailFolder | undefined> {
    try {
      return await this.#deps.client.send(getFolder(id), { signal: this.#signal });
    } catch (error) {
      const kinds = [ItemNotFoundError, AccessDeniedError, UnreadableItemError];
      if (kinds.some((kind) => error instanceof kind)) return undefined;
      throw error;
    }
  }
}
