import type { Message } from '../../emulator/mailbox/message.ts';
import type { SeededRandom } from '../../emulator/random.ts';
import { type Errand, type UnseenName, unseenNames } from './errand.ts';
import type { Hand } from './hand.ts';

interface Phase {
  /** In random order; what an errand needs is taken from its end. */
  readonly mail: Message[];
  readonly phase: number;
  /** Any folder but this one. */
  readonly chooseFolder: (not: string) => string;
}

interface Return {
  readonly id: string;
  readonly folderId: string;
}

/** Plans what nobody can see afterwards. */
export class UnseenErrands {
  readonly #hand: Hand;
  readonly #random: SeededRandom;
  /** Where the app had moved messages that their owners moved back: they go there themselves in the next phase. */
  #returns: Return[] = [];
  #planned = 0;

  constructor(hand: Hand, random: SeededRandom) {
    this.#hand = hand;
    this.#random = random;
  }

  /** @param count how many errands, about; each name in its turn */
  plan(count: number, phase: Phase): Errand[] {
    const errands = this.#goThemselves(phase);
    for (let done = 0; done < count; done += 1) {
      const name = unseenNames[this.#planned % unseenNames.length];
      const steps = name === undefined ? undefined : this.#steps(name, phase);
      this.#planned += 1;
      if (name !== undefined && steps !== undefined) errands.push({ unseen: name, steps });
    }
    return errands;
  }

  /** What the app did once explains nothing that the owner does later. */
  #goThemselves({ mail, phase }: Phase): Errand[] {
    const returns = new Map(this.#returns.map(({ id, folderId }) => [id, folderId]));
    this.#returns = [];
    const errands: Errand[] = [];
    for (const message of mail.filter(({ id }) => returns.has(id))) {
      mail.splice(mail.indexOf(message), 1);
      const folderId = returns.get(message.id) ?? message.folderId;
      errands.push({ steps: [() => this.#hand.place(message.id, folderId, { isByApp: false, phase })] });
    }
    return errands;
  }

  #steps(name: UnseenName, phase: Phase): Errand['steps'] | undefined {
    if (name === 'delivered and deleted at once' || name === 'delivered and purged at once') {
      return this.#deliverAndRemove(name === 'delivered and purged at once', phase.phase);
    }
    const message = phase.mail.pop();
    return message === undefined ? undefined : this.#thereAndBack(name, message, phase);
  }

  #deliverAndRemove(isForGood: boolean, phase: number): Errand['steps'] {
    const hand = this.#hand;
    let id = '';
    return [
      () => {
        ({ id } = hand.deliver({ from: `sender${Math.floor(this.#random.next() * 40)}@list.example` }));
      },
      () => (isForGood ? hand.purge(id) : hand.place(id, 'deleteditems', { isByApp: false, phase })),
    ];
  }

  #thereAndBack(
    name: Exclude<UnseenName, 'delivered and deleted at once' | 'delivered and purged at once'>,
    message: Message,
    { phase, chooseFolder }: Phase,
  ): Errand['steps'] {
    const hand = this.#hand;
    const { id, folderId, isRead, flag, categories } = message;
    const [owner, app] = [
      { isByApp: false, phase },
      { isByApp: true, phase },
    ];
    const elsewhere = chooseFolder(folderId);
    const back = (): Promise<void> => hand.place(id, folderId, owner);
    switch (name) {
      case 'moved and moved back':
        return [() => hand.place(id, elsewhere, owner), back];
      case 'moved by the app and moved back by its owner':
        this.#returns.push({ id, folderId: elsewhere });
        return [() => hand.place(id, elsewhere, app), back];
      case 'read and unread again':
        return [() => hand.update(id, { isRead: !isRead }, owner), () => hand.update(id, { isRead }, owner)];
      case 'flagged and unflagged again': {
        const other = flag.flagStatus === 'flagged' ? 'notFlagged' : 'flagged';
        return [
          () => hand.update(id, { flag: { flagStatus: other } }, owner),
          () => hand.update(id, { flag: { flagStatus: flag.flagStatus } }, owner),
        ];
      }
      case 'categorized and back':
        return [
          () => hand.update(id, { categories: [...categories, 'For a moment'] }, owner),
          () => hand.update(id, { categories }, owner),
        ];
      case 'deleted and purged at once':
        return [() => hand.place(id, 'deleteditems', owner), () => hand.purge(id)];
      default:
        return name satisfies never;
    }
  }
}
