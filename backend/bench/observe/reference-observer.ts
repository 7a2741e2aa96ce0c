import type { Message } from '../../emulator/mailbox/message.ts';
import type { Mailbox } from '../../emulator/mailbox/mailbox.ts';
import type { OwnChange, RecordAction } from './actor.ts';
import type { Row } from './compare.ts';

interface Known {
  readonly folderId: string | undefined;
  readonly isRead: boolean;
  readonly flag: string;
  readonly categories: readonly string[];
}

interface Action {
  readonly id: string;
  readonly change: OwnChange;
}

/** A correct observer of one mailbox in a few lines: it records every difference it sees when `look` is called. */
export class ReferenceObserver {
  readonly #mailbox: Mailbox;
  readonly #known = new Map<string, Known>();
  readonly #rows = new Map<string, Row>();
  readonly #actions = new Map<string, Action[]>();
  #lastAction = 0;

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  rows(): Row[] {
    return [...this.#rows.values()];
  }

  readonly recordAction: RecordAction = (messageId, change, carryOut) => {
    this.#lastAction += 1;
    const id = `action ${this.#lastAction}`;
    this.#actions.set(messageId, [...(this.#actions.get(messageId) ?? []), { id, change }]);
    carryOut();
    return Promise.resolve(id);
  };

  /** @param isInPlace true when the message was there before the mailbox was watched */
  look(id: string, isInPlace = false): void {
    const message = this.#mailbox.find(id);
    const before = this.#known.get(id);
    const actions = this.#actions.get(id) ?? [];
    this.#actions.delete(id);
    if (before === undefined) this.#lookFirst(message, isInPlace);
    else this.#compare(id, before, { message, actions });
  }

  #lookFirst(message: Message | undefined, isInPlace: boolean): void {
    if (message === undefined || message.folderId === this.#mailbox.folders.get('sentitems').id) return;
    this.#known.set(message.id, knownOf(message));
    this.#write(message.id, 'arrived', { toFolder: message.folderId, foundInPlace: isInPlace });
  }

  #compare(id: string, before: Known, { message, actions }: { message: Message | undefined; actions: Action[] }): void {
    const now = message === undefined ? { ...before, folderId: undefined } : knownOf(message);
    this.#known.set(id, now);
    const by = (matches: (change: OwnChange) => boolean) => actions.find(({ change }) => matches(change))?.id;
    if (now.folderId !== before.folderId) {
      const actionId = by(({ folderId }) => folderId === now.folderId);
      const placement = { fromFolder: before.folderId, toFolder: now.folderId, actionId };
      if (!this.#isDeleted(now)) this.#write(id, 'moved', placement);
      else if (!this.#isDeleted(before)) {
        this.#write(id, now.folderId === undefined ? 'disappeared' : 'deleted', placement);
      }
    }
    if (now.isRead && !before.isRead) this.#write(id, 'read', { actionId: by(({ isRead }) => isRead === true) });
    if (now.flag === 'flagged' && before.flag !== 'flagged') {
      this.#write(id, 'flagged', { actionId: by(({ flagStatus }) => flagStatus === 'flagged') });
    }
    const added = now.categories.filter((name) => !before.categories.includes(name));
    if (added.length > 0) {
      const actionId = by(({ categories = [] }) => added.every((name) => categories.includes(name)));
      this.#write(id, 'categorized', { actionId });
    }
  }

  #isDeleted({ folderId }: Known): boolean {
    const { folders } = this.#mailbox;
    const deleted = folders.get('deleteditems').id;
    return folderId === undefined || folderId === deleted || folders.get(folderId).parentId === deleted;
  }

  #write(messageId: string, eventType: string, entry: Partial<Row>): void {
    const key = `${eventType}/${messageId}`;
    const occurrences = (this.#rows.get(key)?.occurrences ?? 0) + 1;
    this.#rows.set(key, { ...entry, messageId, eventType, occurrences });
  }
}

function knownOf({ folderId, isRead, flag, categories }: Message): Known {
  return { folderId, isRead, flag: flag.flagStatus, categories: [...categories] };
}
