import type { EmulatorClock } from '../clock.ts';
import { itemNotFound } from '../errors.ts';
import type { IdMint } from '../ids.ts';
import type { Actor, TruthKind, TruthLedger, TruthValue } from '../ledgers/truth.ts';
import { type Folder, FolderTree } from './folder-tree.ts';
import { type Address, type Message, type MessageChanges, type MessageDraft, deliveredMessage } from './message.ts';

/** What subscribers are told: a message came, changed, moved or went. */
export type MailboxChange =
  | { readonly kind: 'created' | 'updated'; readonly message: Message }
  | { readonly kind: 'moved'; readonly message: Message; readonly fromFolderId: string; readonly oldMutableId: string }
  | { readonly kind: 'deleted'; readonly message: Message };

export interface MailboxParts {
  readonly owner: Address;
  readonly clock: EmulatorClock;
  readonly ids: IdMint;
  readonly truth: TruthLedger;
  /** True when the next move is to show in delta rounds as a removal only. */
  readonly hidesArrival: () => boolean;
  readonly onChange: (mailbox: Mailbox, change: MailboxChange) => void;
}

/** The mail of one person: folders, messages, and the order in which they changed. */
export class Mailbox {
  readonly owner: Address;
  readonly folders: FolderTree;
  /** Delta tokens of an earlier epoch are answered 410. */
  deltaEpoch = 0;
  readonly #parts: MailboxParts;
  readonly #messages = new Map<string, Message>();
  readonly #byMutableId = new Map<string, string>();
  #sequence = 0;

  constructor(parts: MailboxParts) {
    this.#parts = parts;
    this.owner = parts.owner;
    this.folders = new FolderTree(parts.ids, () => this.#nextSequence());
  }

  /** The newest change: a delta round that has read up to here has read everything. */
  get sequence(): number {
    return this.#sequence;
  }

  get messageCount(): number {
    return this.#messages.size;
  }

  /** @param id of either form */
  find(id: string): Message | undefined {
    return this.#messages.get(this.#byMutableId.get(id) ?? id);
  }

  /** @throws 404 `ErrorItemNotFound` */
  get(id: string): Message {
    const message = this.find(id);
    if (message === undefined) throw itemNotFound();
    return message;
  }

  /** @param folder id or well-known name; otherwise the whole mailbox */
  messages(folder?: string): Message[] {
    if (folder === undefined) return [...this.#messages.values()];
    const messages: Message[] = [];
    for (const { itemId, isRemoved } of this.folders.get(folder).contents.since(0)) {
      const message = isRemoved ? undefined : this.#messages.get(itemId);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  deliver(draft: MessageDraft): Message {
    const { clock, ids } = this.#parts;
    const folder = this.folders.get(draft.folder ?? 'inbox');
    const message = deliveredMessage(draft, {
      id: ids.immutable(),
      mutableId: ids.mutable(),
      folderId: folder.id,
      owner: this.owner,
      nowMs: clock.now(),
    });
    this.#messages.set(message.id, message);
    this.#byMutableId.set(message.mutableId, message.id);
    this.#enter(folder, message, false);
    this.#record('person', 'deliver', { item: message.id, from: null, to: folder.id });
    this.#tell({ kind: 'created', message });
    return message;
  }

  /** Moves a message; to the folder where it is already, nothing happens. @throws 404 for message or folder */
  move(id: string, folderIdOrName: string, actor: Actor, kind: 'move' | 'delete' = 'move'): Message {
    const message = this.get(id);
    const to = this.folders.get(folderIdOrName);
    const from = this.folders.get(message.folderId);
    if (to === from) return message;
    this.#leave(from, message);
    const oldMutableId = message.mutableId;
    this.#byMutableId.delete(oldMutableId);
    message.mutableId = this.#parts.ids.mutable();
    this.#byMutableId.set(message.mutableId, message.id);
    message.folderId = to.id;
    this.#touch(message);
    this.#enter(to, message, this.#parts.hidesArrival());
    this.#record(actor, kind, { item: message.id, from: from.id, to: to.id });
    this.#tell({ kind: 'moved', message, fromFolderId: from.id, oldMutableId });
    return message;
  }

  /** Changes read state, flag and categories; what is as asked already leaves no trace. */
  update(id: string, { isRead, flag, categories }: MessageChanges, actor: Actor): Message {
    const message = this.get(id);
    const versionBefore = message.version;
    if (isRead !== undefined && isRead !== message.isRead) {
      this.#record(actor, 'read', { item: message.id, from: message.isRead, to: isRead });
      message.isRead = isRead;
      this.folders.get(message.folderId).unreadItemCount += isRead ? -1 : 1;
      this.#touch(message);
    }
    if (flag !== undefined && JSON.stringify(flag) !== JSON.stringify(message.flag)) {
      this.#record(actor, 'flag', { item: message.id, from: message.flag.flagStatus, to: flag.flagStatus });
      message.flag = flag;
      this.#touch(message);
    }
    if (categories !== undefined && JSON.stringify(categories) !== JSON.stringify(message.categories)) {
      this.#record(actor, 'categorize', { item: message.id, from: message.categories, to: categories });
      message.categories = categories;
      this.#touch(message);
    }
    if (message.version === versionBefore) return message;
    const folder = this.folders.get(message.folderId);
    this.#log(folder, message, { isRemoved: false, isHidden: false });
    this.#tell({ kind: 'updated', message });
    return message;
  }

  /** Takes a message away for good: only its owner can. */
  purge(id: string): void {
    const message = this.get(id);
    this.#leave(this.folders.get(message.folderId), message);
    this.#messages.delete(message.id);
    this.#byMutableId.delete(message.mutableId);
    this.#record('person', 'purge', { item: message.id, from: message.folderId, to: null });
    this.#tell({ kind: 'deleted', message });
  }

  createFolder(name: string, parent: string | undefined, actor: Actor): Folder {
    const folder = this.folders.create(name, parent);
    this.#record(actor, 'folder-create', { item: folder.id, from: null, to: name });
    return folder;
  }

  renameFolder(idOrName: string, name: string): Folder {
    const from = this.folders.get(idOrName).displayName;
    const folder = this.folders.rename(idOrName, name);
    this.#record('person', 'folder-rename', { item: folder.id, from, to: name });
    return folder;
  }

  /** Deletes a folder with the folders in it; the messages go to Deleted Items first. */
  deleteFolder(idOrName: string): void {
    const folder = this.folders.get(idOrName);
    for (const child of this.folders.children(folder.id)) this.deleteFolder(child.id);
    for (const message of this.messages(folder.id)) this.move(message.id, 'deleteditems', 'person', 'delete');
    this.folders.remove(folder.id);
    this.#record('person', 'folder-delete', { item: folder.id, from: folder.displayName, to: null });
  }

  #enter(folder: Folder, message: Message, isHidden: boolean): void {
    folder.totalItemCount += 1;
    if (!message.isRead) folder.unreadItemCount += 1;
    this.#log(folder, message, { isRemoved: false, isHidden });
  }

  #leave(folder: Folder, message: Message): void {
    folder.totalItemCount -= 1;
    if (!message.isRead) folder.unreadItemCount -= 1;
    this.#log(folder, message, { isRemoved: true, isHidden: false });
  }

  #log(folder: Folder, { id, mutableId }: Message, how: { isRemoved: boolean; isHidden: boolean }): void {
    const change = { sequence: this.#nextSequence(), itemId: id, mutableId, isRemoved: how.isRemoved };
    folder.contents.record(change);
    if (!how.isHidden) folder.changes.record(change);
  }

  #touch(message: Message): void {
    message.version += 1;
    message.modifiedAtMs = this.#parts.clock.now();
  }

  #record(actor: Actor, kind: TruthKind, change: { item: string; from: TruthValue; to: TruthValue }): void {
    this.#parts.truth.record({ actor, kind, mailbox: this.owner.address, ...change });
  }

  #tell(change: MailboxChange): void {
    this.#parts.onChange(this, change);
  }

  #nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }
}
