import type { Message, MessageChanges, MessageDraft } from '../../emulator/mailbox/message.ts';
import type { MessageShape } from '../../emulator/mailbox/message-shape.ts';
import type { Person } from '../../emulator/people.ts';
import type { OwnAction } from './history.ts';

/** The properties that an action of the app sets, named as in the audit log. */
export interface OwnChange {
  readonly folderId?: string;
  readonly isRead?: boolean;
  readonly flagStatus?: string;
  readonly categories?: readonly string[];
}

/** Executes an action between the two writes that the service makes to the audit log. @returns the action's id */
export type RecordAction = (messageId: string, change: OwnChange, carryOut: () => void) => Promise<string>;

/** The ways in which a message is removed for good. */
export type Removal = 'purge' | 'softDelete' | 'hardDelete';

/** Who makes a change, and in which phase. */
export interface Doing {
  readonly isByApp: boolean;
  readonly phase: number;
}

/** Makes changes in one mailbox: its owner's directly, those of the app as recorded actions. */
export class Actor {
  readonly actions: OwnAction[] = [];
  /** The forms in which Graph gives the delivered messages, by the ids they came with. */
  readonly shapes = new Map<string, MessageShape>();
  /** Newer ids of messages whose id has changed, by the older one. */
  readonly #newerIds = new Map<string, string>();
  readonly #person: Person;
  readonly #record: RecordAction;
  readonly #deletedItems: string;

  constructor(person: Person, record: RecordAction) {
    this.#person = person;
    this.#record = record;
    this.#deletedItems = person.mailbox.folders.get('deleteditems').id;
  }

  deliver(draft: MessageDraft): Message {
    const message = this.#person.does.deliver(draft);
    this.shapes.set(message.id, message.shape);
    return message;
  }

  /** Removes a message for good: at once, or to Recoverable Items in one of the two ways that there are. */
  remove(id: string, how: Removal): void {
    const { does } = this.#person;
    const now = this.#idNow(id);
    if (how === 'purge') does.purge(now);
    else this.#follow(now, how === 'softDelete' ? does.softDelete(now) : does.hardDelete(now));
  }

  async place(id: string, folderId: string, { isByApp, phase }: Doing): Promise<void> {
    const { does, mailbox } = this.#person;
    const now = this.#idNow(id);
    if (!isByApp) {
      this.#follow(now, folderId === this.#deletedItems ? does.delete(now) : does.move(now, folderId));
      return;
    }
    const actionId = await this.#record(now, { folderId }, () => {
      this.#follow(now, mailbox.move(now, folderId, 'app'));
    });
    this.actions.push({ id: actionId, messageId: now, kind: 'move', phase });
  }

  async update(id: string, changes: MessageChanges, { isByApp, phase }: Doing): Promise<void> {
    const { mailbox } = this.#person;
    const now = this.#idNow(id);
    if (!isByApp) {
      mailbox.update(now, changes, 'person');
      return;
    }
    const { isRead, flag, categories } = changes;
    const change = {
      ...(isRead === undefined ? {} : { isRead }),
      ...(flag === undefined ? {} : { flagStatus: flag.flagStatus }),
      ...(categories === undefined ? {} : { categories }),
    };
    const actionId = await this.#record(now, change, () => mailbox.update(now, changes, 'app'));
    const kind = isRead === undefined ? (flag === undefined ? 'categorize' : 'flag') : 'read';
    this.actions.push({ id: actionId, messageId: now, kind, phase });
  }

  #idNow(id: string): string {
    let now = id;
    for (let newer = this.#newerIds.get(now); newer !== undefined; newer = this.#newerIds.get(now)) now = newer;
    return now;
  }

  #follow(id: string, message: Message): void {
    if (message.id !== id) this.#newerIds.set(id, message.id);
  }
}
