import type { Folder } from './folder-tree.ts';
import type { Mailbox } from './mailbox.ts';
import type { Flag, Message, MessageDraft } from './message.ts';

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

  /** For good. */
  purge(messageId: string): void {
    this.mailbox.purge(messageId);
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

  createFolder(name: string, parent?: string): Folder {
    return this.mailbox.createFolder(name, parent === undefined ? undefined : this.#id(parent), 'person');
  }

  renameFolder(folder: string, name: string): Folder {
    return this.mailbox.renameFolder(this.#id(folder), name);
  }

  /** With what is in it: folders too, and the messages go to Deleted Items. */
  deleteFolder(folder: string): void {
    this.mailbox.deleteFolder(this.#id(folder));
  }

  /** An inbox rule in Exchange, as `messageRules` lists it. It is shown, not carried out. */
  addRule(rule: InboxRule): void {
    this.rules.push(rule);
  }

  #id(folder: string): string {
    return this.mailbox.folders.idByAnyName(folder);
  }
}
