import { badRequest, itemNotFound, idMalformed } from '../errors.ts';
import type { LinkRefusal } from '../graph/link-refusals.ts';
import { isIdShaped } from '../ids.ts';
import type { Actor, TruthKind, TruthLedger, TruthValue } from '../ledgers/truth.ts';
import type { Folder } from './folder.ts';
import { FolderTree, type FolderTreeOptions } from './folder-tree.ts';
import type { MailboxChange, MailboxParts } from './mailbox-parts.ts';
import { type Address, type Message, type MessageChanges, type MessageDraft, deliveredMessage } from './message.ts';
import { applyChanges } from './message-changes.ts';

type MoveKind = Extract<TruthKind, 'move' | 'delete' | 'soft-delete' | 'hard-delete'>;

/** The mail of one person: folders, messages, and the order in which they changed. */
export class Mailbox {
  /** Changes when the owner gets another address. */
  owner: Address;
  readonly folders: FolderTree;
  readonly truth: TruthLedger;
  /** Its own, and never another mailbox's, whoever's address it has. */
  readonly id: string;
  /** Delta tokens of an earlier epoch are answered 410. */
  deltaEpoch = 0;
  /** With this instead, when it is set. */
  linkRefusal: LinkRefusal | undefined;
  readonly #parts: MailboxParts;
  readonly #messages = new Map<string, Message>();
  readonly #byMutableId = new Map<string, string>();
  /** What lies in the Online Archive, by internetMessageId. */
  readonly #archived = new Map<string, Message>();
  #sequence = 0;

  constructor(parts: MailboxParts, folders: FolderTreeOptions = {}) {
    this.#parts = parts;
    this.id = parts.ids.guid();
    this.owner = parts.owner;
    this.truth = parts.truth;
    this.folders = new FolderTree(parts.ids, () => this.#nextSequence(), folders);
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
    const message = this.#messages.get(this.#byMutableId.get(id) ?? id);
    if (message?.recoverableUntilMs === undefined || message.recoverableUntilMs > this.#parts.clock.now()) {
      return message;
    }
    this.#forget(message, 'service', 'expire');
    return undefined;
  }

  /** @throws 404 `ErrorItemNotFound`, 400 `ErrorInvalidIdMalformed` */
  get(id: string): Message {
    const message = this.find(id);
    if (message === undefined) throw isIdShaped(id) ? itemNotFound() : idMalformed();
    return message;
  }

  /** As `get`, for the app: without what Recoverable Items does not give out. @throws 404, 400 */
  getReadable(id: string): Message {
    const message = this.get(id);
    if (message.recoverableUntilMs !== undefined && this.#parts.recoverable.readable === 'none') throw itemNotFound();
    return message;
  }

  /** As `getReadable`, of a folder. @throws 404, 400 */
  getReadableFolder(idOrName: string): Folder {
    const folder = this.folders.get(idOrName);
    if (this.#parts.recoverable.readable !== 'all' && this.folders.isOutside(folder.id)) throw itemNotFound();
    return folder;
  }

  /** @param folder id or well-known name; otherwise the whole mailbox, without Recoverable Items */
  messages(folder?: string): Message[] {
    if (folder === undefined) {
      return [...this.#messages.values()].filter(({ folderId }) => !this.folders.isRecoverable(folderId));
    }
    const { search, contents } = this.folders.get(folder);
    if (search !== undefined) return this.messages().filter((message) => search.matches(message));
    const messages: Message[] = [];
    for (const { itemId, isRemoved } of contents.since(0)) {
      const message = isRemoved ? undefined : this.#messages.get(itemId);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  deliver(asked: MessageDraft): Message {
    const { clock, ids, whims } = this.#parts;
    const draft = whims.bend(asked);
    const folder = this.folders.get(draft.folder ?? 'inbox');
    const message = deliveredMessage(draft, {
      id: ids.immutable(),
      mutableId: ids.mutable(),
      folderId: folder.id,
      owner: this.owner,
      nowMs: clock.now(),
    });
    message.missesLeft = whims.misses();
    this.#arrive(message, folder);
    this.record(message.byApp ? 'app' : 'person', 'deliver', { item: message.id, from: null, to: folder.id });
    this.#tell({ kind: 'created', message });
    return message;
  }

  /**
   * Moves a message; to the folder where it is already, nothing happens.
   * @returns the message, which may go by another id from now on
   * @throws 404 for message or folder, 400 into a search folder
   */
  move(id: string, folderIdOrName: string, actor: Actor, kind: MoveKind = 'move'): Message {
    const message = this.get(id);
    const to = this.folders.get(folderIdOrName);
    if (to.search !== undefined) throw badRequest('Items cannot be moved to a search folder.', 'ErrorMoveCopyFailed');
    const from = this.folders.get(message.folderId);
    if (to === from) return message;
    const oldMutableId = message.mutableId;
    this.#place(message, from, to);
    this.record(actor, kind, { item: message.id, from: from.id, to: to.id });
    if (this.folders.isRecoverable(to.id)) this.#tell({ kind: 'deleted', message, fromFolderId: from.id });
    else if (this.folders.isRecoverable(from.id)) this.#tell({ kind: 'created', message });
    else this.#tell({ kind: 'moved', message, fromFolderId: from.id, oldMutableId });
    return this.#parts.whims.changesId() ? this.changeId(message.id) : message;
  }

  /** Deletes a message that is not in Deleted Items, or from there: it stays readable by id for a time. */
  softDelete(id: string, actor: Actor): Message {
    const { softDeletedIn } = this.#parts.recoverable;
    return this.move(id, this.folders[softDeletedIn].id, actor, 'soft-delete');
  }

  /** Deletes a message permanently: it stays readable by id for a time all the same. */
  hardDelete(id: string, actor: Actor): Message {
    return this.move(id, this.folders.purges.id, actor, 'hard-delete');
  }

  /** Takes a message away at once, without a trace. */
  purge(id: string, actor: Actor = 'person'): void {
    const message = this.get(id);
    this.#forget(message, actor, 'purge');
    this.#tell({ kind: 'deleted', message, fromFolderId: message.folderId });
  }

  /** Moves a message into the Online Archive, which is another mailbox: here it is gone. */
  archiveOnline(id: string, actor: Actor): void {
    const message = this.get(id);
    this.#forget(message, actor, 'online-archive');
    this.#archived.set(message.internetMessageId, message);
    this.#tell({ kind: 'deleted', message, fromFolderId: message.folderId });
  }

  /** Brings a message back from the Online Archive, under another id. @throws 404 when it is not there */
  returnFromArchive(internetMessageId: string, folderIdOrName: string, actor: Actor): Message {
    const archived = this.#archived.get(internetMessageId);
    if (archived === undefined) throw itemNotFound();
    this.#archived.delete(internetMessageId);
    const folder = this.folders.get(folderIdOrName);
    const message = this.#renamed({ ...archived, folderId: folder.id });
    this.#arrive(message, folder);
    this.record('service', 'id-change', { item: message.id, from: archived.id, to: message.id });
    this.record(actor, 'move', { item: message.id, from: null, to: folder.id });
    this.#tell({ kind: 'created', message });
    return message;
  }

  /** Gives a message another immutable id, as export and import do. @returns the message under its new id */
  changeId(id: string): Message {
    const old = this.get(id);
    const folder = this.folders.get(old.folderId);
    this.#leave(folder, old);
    this.#drop(old);
    const message = this.#renamed(old);
    this.#arrive(message, folder);
    this.record('service', 'id-change', { item: message.id, from: old.id, to: message.id });
    this.#tell({ kind: 'deleted', message: old, fromFolderId: folder.id });
    this.#tell({ kind: 'created', message });
    return message;
  }

  /** Changes read state, flag and categories; a change to what is so already leaves no trace. */
  update(id: string, { isRead, flag, categories }: MessageChanges, actor: Actor): Message {
    const message = this.get(id);
    const folder = this.folders.get(message.folderId);
    const changes = applyChanges(message, { isRead, flag, categories });
    if (changes.length === 0) return message;
    for (const { kind, from, to } of changes) {
      if (kind === 'read') folder.unreadItemCount += to === true ? -1 : 1;
      this.record(actor, kind, { item: message.id, from, to });
      this.#touch(message);
    }
    const sequence = this.#log(folder, message, { isRemoved: false, isHidden: false });
    for (const { part } of changes) message.changedAt[part] = sequence;
    this.#tell({ kind: 'updated', message });
    return message;
  }

  record(actor: Actor, kind: TruthKind, change: { item: string; from: TruthValue; to: TruthValue }): void {
    this.truth.record({ actor, kind, mailbox: this.owner.address, ...change });
  }

  #place(message: Message, from: Folder, to: Folder): void {
    const { clock, ids, recoverable, whims } = this.#parts;
    this.#leave(from, message);
    this.#byMutableId.delete(message.mutableId);
    message.mutableId = ids.mutable();
    this.#byMutableId.set(message.mutableId, message.id);
    message.folderId = to.id;
    const isRecoverable = this.folders.isRecoverable(to.id);
    message.recoverableUntilMs = isRecoverable ? clock.now() + recoverable.retentionMs : undefined;
    this.#touch(message);
    this.#enter(to, message, whims.hidesArrival());
  }

  #renamed(message: Message): Message {
    const { ids } = this.#parts;
    return { ...message, changedAt: { ...message.changedAt }, id: ids.immutable(), mutableId: ids.mutable() };
  }

  #arrive(message: Message, folder: Folder): void {
    this.#messages.set(message.id, message);
    this.#byMutableId.set(message.mutableId, message.id);
    this.#enter(folder, message, false);
  }

  #forget(message: Message, actor: Actor, kind: TruthKind): void {
    this.#leave(this.folders.get(message.folderId), message);
    this.#drop(message);
    this.record(actor, kind, { item: message.id, from: message.folderId, to: null });
  }

  #drop({ id, mutableId }: Message): void {
    this.#messages.delete(id);
    this.#byMutableId.delete(mutableId);
  }

  #enter(folder: Folder, message: Message, isHidden: boolean): void {
    folder.totalItemCount += 1;
    if (!message.isRead) folder.unreadItemCount += 1;
    message.changedAt.placed = this.#log(folder, message, { isRemoved: false, isHidden });
  }

  #leave(folder: Folder, message: Message): void {
    folder.totalItemCount -= 1;
    if (!message.isRead) folder.unreadItemCount -= 1;
    this.#log(folder, message, { isRemoved: true, isHidden: false });
  }

  #log(folder: Folder, { id, mutableId }: Message, how: { isRemoved: boolean; isHidden: boolean }): number {
    const change = { sequence: this.#nextSequence(), itemId: id, mutableId, isRemoved: how.isRemoved };
    folder.contents.record(change);
    if (!how.isHidden) folder.changes.record(change);
    return change.sequence;
  }

  #touch(message: Message): void {
    message.version += 1;
    message.modifiedAtMs = this.#parts.clock.now();
  }

  #tell(change: MailboxChange): void {
    this.#parts.onChange(this, change);
  }

  #nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }
}
