import { sendBatch } from '../../graph/batch.ts';
import type { GraphClient } from '../../graph/client.ts';
import { type GraphError, ItemNotFoundError } from '../../graph/errors.ts';
import { getFolder, type MailFolder } from '../../graph/folders.ts';
import { secondMs } from '../../lib/durations.ts';
import { Mailbox } from '../../models/index.ts';
import { folderKindFinder } from '../../models/fields/folder-kinds.ts';
import { chainFinder } from '../../models/fields/folder-chain.ts';
import type { RuleFolders } from '../../rules/owned-mailbox.ts';
import { kindFault, type PlaceFault } from '../../rules/places/place-fault.ts';
import type { WriteLease } from '../write-lease.ts';

// The list of folders is as old as the last synchronization. A folder that was deleted since keeps its id, and a move
// into it succeeds: the mail lies below Deleted Items. Graph also moves mail into Recoverable Items, from where nobody
// gets it back. So each target is asked for before mail is moved to it, with the folders above it.

/** An answer about a folder counts this long: for the messages of one batch. */
const freshMs = 5 * secondMs;
/** Longest throttling of a read: others wait for the mailbox meanwhile. */
const patienceMs = 5 * secondMs;
/** More folders above each other than any mailbox has. */
const maxDepth = 300;

interface Asking {
  readonly client: GraphClient;
  readonly signal: AbortSignal;
}

interface Answer {
  /** Undefined when there is no such folder. */
  readonly folder: MailFolder | undefined;
  readonly at: number;
}

/** The folders of a mailbox as Graph describes them now. */
export class FreshFolders {
  /** The folders as they were last synchronized. */
  readonly known: RuleFolders;
  readonly #asking: Asking;
  readonly #answers = new Map<string, Answer>();

  constructor(asking: Asking, known: RuleFolders) {
    this.#asking = asking;
    this.known = known;
  }

  /**
   * Tells why mail must not be moved into a folder: its chain of parents has to reach the root of all mail folders, and
   * must not pass Deleted Items, drafts, outbox, sent mail or the staging folder.
   * @param options isStaging: the folder itself may be the staging folder
   * @returns undefined for a usable folder
   * @throws GraphError that may be temporary; the signal's reason
   */
  async faultOf(folderId: string, { isStaging = false } = {}): Promise<PlaceFault | undefined> {
    const chain = chainFinder(this.known.folders)(folderId).map(({ id }) => id);
    await this.#ask(chain.length === 0 ? [folderId] : chain);
    const [rootId, deletedId] = [await this.#rootId(), await this.#deletedId()];
    const kindOf = folderKindFinder({ ...this.known, folders: this.known.folders.map(withoutParent) });
    let id = folderId;
    for (let depth = 0; depth < maxDepth; depth += 1) {
      const folder = await this.#find(id);
      if (folder === undefined) return id === folderId ? 'folder_gone' : 'folder_outside';
      if (isSearchFolder(folder)) return 'search_folder';
      const isOurs = isStaging && id === folderId;
      const fault = id === deletedId ? 'folder_deleted' : kindFault(isOurs ? undefined : kindOf(id));
      if (fault !== undefined) return fault;
      const parent = folder.parentFolderId ?? undefined;
      if (parent === undefined) return 'folder_outside';
      if (parent === rootId) return undefined;
      id = parent;
    }
    return 'folder_outside';
  }

  /** Reads a folder by its id or well-known name; undefined if there is none. @throws GraphError; the signal's reason */
  read(idOrName: string): Promise<MailFolder | undefined> {
    return this.#find(idOrName);
  }

  /** Returns the id of a folder by its well-known name, if there is one. @throws GraphError; the signal's reason */
  async idOf(name: string): Promise<string | undefined> {
    return (await this.#find(name))?.id;
  }

  /** Reads a folder again when it is next asked for. */
  forget(): void {
    this.#answers.clear();
  }

  async #rootId(): Promise<string | undefined> {
    const known = this.known.folders.find(({ kind }) => kind === 'inbox')?.parentFolderId;
    return known ?? (await this.#find('msgfolderroot'))?.id;
  }

  async #deletedId(): Promise<string | undefined> {
    return this.known.folders.find(({ kind }) => kind === 'deleted')?.id ?? (await this.#find('deleteditems'))?.id;
  }

  async #find(id: string): Promise<MailFolder | undefined> {
    await this.#ask([id]);
    return this.#answers.get(id)?.folder;
  }

  /** Asks for those without a fresh answer, in one batch. */
  async #ask(ids: readonly string[]): Promise<void> {
    const now = performance.now();
    const open = ids.filter((id) => now - (this.#answers.get(id)?.at ?? -Infinity) > freshMs);
    if (open.length === 0) return;
    const { client, signal } = this.#asking;
    const results = await sendBatch(client, open.map(getFolder), { signal, maxWaitMs: patienceMs });
    for (const [index, id] of open.entries()) {
      const result = results[index];
      if (result === undefined) continue;
      this.#answers.set(id, { folder: result.ok ? result.value : this.#without(id, result.error), at: now });
    }
  }

  /** An answer that cannot be understood says nothing: what is known of the folder stands. @throws any other failure */
  #without(id: string, error: GraphError): MailFolder | undefined {
    if (error instanceof ItemNotFoundError) return undefined;
    const known = this.known.folders.find((folder) => folder.id === id);
    if (error.retryable || known === undefined) throw error;
    return { id, parentFolderId: known.parentFolderId };
  }
}

const ofLease = new WeakMap<WriteLease, Promise<FreshFolders>>();

/** Returns the folders of the lease's mailbox: the same ones for as long as the lease is held. */
export function foldersOf(lease: WriteLease): Promise<FreshFolders> {
  const begun = ofLease.get(lease);
  if (begun !== undefined) return begun;
  const reading = readFolders(lease);
  ofLease.set(lease, reading);
  reading.catch(() => ofLease.delete(lease));
  return reading;
}

async function readFolders(lease: WriteLease): Promise<FreshFolders> {
  const known = await Mailbox.findById(lease.mailboxId, 'folders stagingFolderId').orFail().lean();
  return new FreshFolders(lease, known);
}

/** The kind alone, as the folders above are asked for. */
function withoutParent<T extends { parentFolderId?: string }>({ parentFolderId: _above, ...folder }: T) {
  return folder;
}

function isSearchFolder({ '@odata.type': type }: MailFolder): boolean {
  return type?.toLowerCase().endsWith('mailsearchfolder') === true;
}
