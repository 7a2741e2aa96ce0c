import type { Message, MessageChanges, MessageDraft } from '../../emulator/mailbox/message.ts';
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

/** Who makes a change, and in which phase. */
export interface Doing {
  readonly isByApp: boolean;
  readonly phase: number;
}

/** Makes changes in one mailbox: its owner's directly, those of the app as recorded actions. */
export class Actor {
  readonly actions: OwnAction[] = [];
  readonly #person: Person;
  readonly #record: RecordAction;
  readonly #deletedItems: string;

  constructor(person: Person, record: RecordAction) {
    this.#person = person;
    this.#record = record;
    this.#deletedItems = person.mailbox.folders.get('deleteditems').id;
  }

  deliver(draft: MessageDraft): Message {
    return this.#person.does.deliver(draft);
  }

  purge(id: string): void {
    this.#person.does.purge(id);
  }

  async place(id: string, folderId: string, { isByApp, phase }: Doing): Promise<void> {
    const { does, mailbox } = this.#person;
    if (!isByApp) {
      if (folderId === this.#deletedItems) does.delete(id);
      else does.move(id, folderId);
      return;
    }
    const actionId = await this.#record(id, { folderId }, () => mailbox.move(id, folderId, 'app'));
    this.actions.push({ id: actionId, messageId: id, kind: 'move', phase });
  }

  async update(id: string, changes: MessageChanges, { isByApp, phase }: Doing): Promise<void> {
    const { mailbox } = this.#person;
    if (!isByApp) {
      mailbox.update(id, changes, 'person');
      return;
    }
    const { isRead, flag, categories } = changes;
    const change = {
      ...(isRead === undefined ? {} : { isRead }),
      ...(flag === undefined ? {} : { flagStatus: flag.flagStatus }),
      ...(categories === undefined ? {} : { categories }),
    };
    const actionId = await this.#record(id, change, () => mailbox.update(id, changes, 'app'));
    const kind = isRead === undefined ? (flag === undefined ? 'categorize' : 'flag') : 'read';
    this.actions.push({ id: actionId, messageId: id, kind, phase });
  }
}
