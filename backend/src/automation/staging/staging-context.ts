import { ItemNotFoundError } from '../../graph/errors.ts';
import { getFolder } from '../../graph/folders.ts';
import { type IMailbox, Mailbox } from '../../models/index.ts';
import { deletedKinds, type FolderKind, folderKindFinder } from '../../models/fields/folder-kinds.ts';
import type { WriteLease } from '../write-lease.ts';
import { isWhitelisted, readWhitelist } from '../../rules/whitelist.ts';

/** The state of a mailbox that resolving staged mail depends on; read once for many messages. */
export interface StagingContext {
  readonly lease: WriteLease;
  /** Returns the kind of a folder; asks Graph about an unknown one. @throws GraphError */
  readonly folderKindOf: (folderId: string) => Promise<FolderKind>;
  /** Returns the id of a folder that every mailbox has. @throws GraphError */
  readonly builtIn: (kind: BuiltIn) => Promise<string>;
  readonly isProtected: (sender: string | undefined) => boolean;
}

type BuiltIn = 'deleted' | 'inbox';
const wellKnownNames: Readonly<Record<BuiltIn, string>> = { deleted: 'deleteditems', inbox: 'inbox' };
/** Ends a walk up the folder tree; real mailboxes are not nested this deeply. */
const maxDepth = 20;

type FolderRow = Pick<IMailbox, 'folders' | 'stagingFolderId' | 'settings'>;

/** Reads the context of the lease's mailbox. */
export async function readStagingContext(lease: WriteLease): Promise<StagingContext> {
  const mailbox: FolderRow = await Mailbox.findById(lease.mailboxId, 'folders stagingFolderId settings')
    .orFail()
    .lean();
  const whitelist = await readWhitelist(mailbox.settings);
  const folders = new GraphFolders(lease, mailbox);
  return {
    lease,
    folderKindOf: (folderId) => folders.folderKindOf(folderId),
    builtIn: (kind) => folders.builtIn(kind),
    isProtected: (sender) => isWhitelisted(whitelist, sender),
  };
}

/** Answers from the folders as last synchronized, and asks Graph where they do not suffice. */
class GraphFolders {
  readonly #lease: WriteLease;
  readonly #mailbox: FolderRow;
  readonly #knownKind: (folderId: string) => FolderKind;
  readonly #parents = new Map<string, string | null>();
  #root: string | undefined;

  constructor(lease: WriteLease, mailbox: FolderRow) {
    this.#lease = lease;
    this.#mailbox = mailbox;
    this.#knownKind = folderKindFinder(mailbox);
  }

  /** Mail in a folder that cannot be read, or is not below the root of all mail folders, was deleted for good. */
  async folderKindOf(folderId: string): Promise<FolderKind> {
    let id = folderId;
    for (let depth = 0; depth < maxDepth; depth += 1) {
      const kind = this.#knownKind(id);
      // subfolders of Deleted Items count as deleted; other subfolders have no kind
      if (kind !== undefined) return id === folderId || deletedKinds.has(kind) ? kind : undefined;
      if (this.#mailbox.folders.some((folder) => folder.id === id)) return undefined;
      const parent = await this.#parentOf(id);
      if (parent === undefined) return 'recoverable';
      const root = await this.#rootId();
      if (parent === root || id === root) return undefined;
      if (parent === null) return 'recoverable';
      id = parent;
    }
    return undefined;
  }

  async builtIn(kind: BuiltIn): Promise<string> {
    const known = this.#mailbox.folders.find((folder) => folder.kind === kind);
    if (known !== undefined) return known.id;
    const { client, signal } = this.#lease;
    return (await client.send(getFolder(wellKnownNames[kind]), { signal })).id;
  }

  /** The parent of all built-in folders; it has no entry of its own. */
  async #rootId(): Promise<string> {
    const known = this.#mailbox.folders.find(({ kind }) => kind === 'inbox')?.parentFolderId;
    this.#root = known ?? this.#root;
    const { client, signal } = this.#lease;
    this.#root ??= (await client.send(getFolder('msgfolderroot'), { signal })).id;
    return this.#root;
  }

  /** Asks Graph once per folder. @returns undefined when the folder does not exist; null when nothing is above it */
  async #parentOf(folderId: string): Promise<string | null | undefined> {
    const known = this.#parents.get(folderId);
    if (known !== undefined) return known;
    const { client, signal } = this.#lease;
    try {
      const { parentFolderId } = await client.send(getFolder(folderId), { signal });
      const parent = parentFolderId === '' ? null : (parentFolderId ?? null);
      this.#parents.set(folderId, parent);
      return parent;
    } catch (error) {
      if (error instanceof ItemNotFoundError) return undefined;
      throw error;
    }
  }
}
