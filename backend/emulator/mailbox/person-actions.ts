import { itemNotFound } from '../errors.ts';
import type { Folder, SearchName } from './folder.ts';
import { createFolder, deleteFolder, emptyFolder, moveFolder, renameFolder, shredFolder } from './folder-acts.ts';
import type { Mailbox } from './mailbox.ts';
import type { Flag, Message, MessageDraft } from './message.ts';
import { addSearchFolder } from './usual-folders.ts';

/** An Exchange inbox rule, as `messageRules` lists it. */
export interface InboxRule {
  readonly displayName: string;
  readonly sequence?: number | undefined;
  readonly isEnabled?: boolean | undefined;
  readonly conditions?: Readonly<Record<string, unknown>> | undefined;
  readonly actions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What a person does with their own mail, in their own mail program. Ids may be of either form; folders go by id,
 * well-known name, or the name that the person sees.
 */
export class PersonActions {
  readonly mailbox: Mailbox;
  readonly rules: InboxRule[] = [];

  constructor(mailbox: Mailbox) {
    this.mailbox = mailbox;
  }

  /** A message arrives. */
  deliver(draft: MessageDraft): Message {
    return this.mailbox.deliver({ ...draft, folder: this.#id(draft.folder ?? 'inbox') });
  }

  move(messageId: string, folder: string): Message {
    return this.mailbox.move(messageId, this.#id(folder), 'person');
  }

  /** To Deleted Items. */
  delete(messageId: string): Message {
    return this.mailbox.move(messageId, 'deleteditems', 'person', 'delete');
  }

  /** At once and without a trace. */
  purge(messageId: string): void {
    this.mailbox.purge(messageId);
  }

  /** Shift+Delete, or deleted from Deleted Items: it stays in Recoverable Items for a time. */
  softDelete(messageId: string): Message {
    return this.mailbox.softDelete(messageId, 'person');
  }

  /** Deleted from Recoverable Items, or with permanentDelete: readable by id for a time all the same. */
  hardDelete(messageId: string): Message {
    return this.mailbox.hardDelete(messageId, 'person');
  }

  /** Into the Online Archive, which is another mailbox: here the message is gone. */
  archiveOnline(messageId: string): void {
    this.mailbox.archiveOnline(messageId, 'person');
  }

  /** Back from the Online Archive, under another id. @throws 404 when it is not there */
  returnFromArchive(internetMessageId: string, folder = 'inbox'): Message {
    return this.mailbox.returnFromArchive(internetMessageId, this.#id(folder), 'person');
  }

  /**
   * Accepts or declines an invitation: the mail program moves it to Deleted Items, by itself.
   * @throws 404 when it is no invitation
   */
  answerInvitation(messageId: string): Message {
    const { mailbox } = this;
    if (mailbox.get(messageId).shape.type !== 'eventMessageRequest') throw itemNotFound('It is no invitation.');
    return mailbox.truth.asOneAct(() => {
      mailbox.update(messageId, { isRead: true }, 'service');
      return mailbox.move(messageId, 'deleteditems', 'service', 'delete');
    });
  }

  markRead(messageId: string, isRead = true): Message {
    return this.mailbox.update(messageId, { isRead }, 'person');
  }

  flag(messageId: string, flagStatus: Flag['flagStatus'] = 'flagged'): Message {
    return this.mailbox.update(messageId, { flag: { flagStatus } }, 'person');
  }

  categorize(messageId: string, categories: readonly string[]): Message {
    return this.mailbox.update(messageId, { categories }, 'person');
  }

  createFolder(name: string, parent?: string, isHidden = false): Folder {
    const parentId = parent === undefined ? undefined : this.#id(parent);
    return createFolder(this.mailbox, 'person', { name, parent: parentId, isHidden });
  }

  createSearchFolder(name: string, search: SearchName, parent?: string): Folder {
    const parentId = parent === undefined ? undefined : this.#id(parent);
    return addSearchFolder(this.mailbox.folders, name, search, parentId);
  }

  renameFolder(folder: string, name: string): Folder {
    return renameFolder(this.mailbox, this.#id(folder), name);
  }

  moveFolder(folder: string, parent: string): Folder {
    return moveFolder(this.mailbox, this.#id(folder), this.#id(parent));
  }

  /** As Outlook deletes a folder: it moves below Deleted Items, with all that it holds. */
  trashFolder(folder: string): Folder {
    return moveFolder(this.mailbox, this.#id(folder), 'deleteditems');
  }

  /** With the folders in it; the messages go to Deleted Items, one by one. */
  deleteFolder(folder: string): void {
    deleteFolder(this.mailbox, this.#id(folder));
  }

  /** For good, with all that it holds: the messages go to Recoverable Items. */
  shredFolder(folder: string): void {
    shredFolder(this.mailbox, this.#id(folder));
  }

  /** What the folder holds goes to Recoverable Items, folders in it too. */
  emptyFolder(folder = 'deleteditems'): void {
    emptyFolder(this.mailbox, this.#id(folder));
  }

  /** An inbox rule in Exchange, as `messageRules` lists it. It is shown, not carried out. */
  addRule(rule: InboxRule): void {
    this.rules.push(rule);
  }

  #id(folder: string): string {
    return this.mailbox.folders.idByAnyName(folder);
  }
}
