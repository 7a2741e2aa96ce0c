import type { Message } from '../../emulator/mailbox/message.ts';
import type { SeededRandom } from '../../emulator/random.ts';
import { type Scenario, type UnseenName, unseenNames } from './scenario.ts';
import type { Actor } from './actor.ts';

interface Phase {
  /** Messages in random order; a scenario takes what it needs from the end. */
  readonly mail: Message[];
  readonly phase: number;
  /** Returns any folder but this one. */
  readonly chooseFolder: (not: string) => string;
}

interface Return {
  readonly id: string;
  readonly folderId: string;
}

/** Plans scenarios that leave no visible effect. */
export class UnseenScenarios {
  readonly #actor: Actor;
  readonly #random: SeededRandom;
  /** Moves by the app that owners reverted: in the next phase the owners make the same moves themselves. */
  #returns: Return[] = [];
  #planned = 0;

  constructor(actor: Actor, random: SeededRandom) {
    this.#actor = actor;
    this.#random = random;
  }

  /** @param count approximate number of scenarios; the names take turns */
  plan(count: number, phase: Phase): Scenario[] {
    const scenarios = this.#goThemselves(phase);
    for (let done = 0; done < count; done += 1) {
      const name = unseenNames[this.#planned % unseenNames.length];
      const steps = name === undefined ? undefined : this.#steps(name, phase);
      this.#planned += 1;
      if (name !== undefined && steps !== undefined) scenarios.push({ unseen: name, steps });
    }
    return scenarios;
  }

  /** Repeats earlier moves of the app by their owners: these must not be attributed to the app. */
  #goThemselves({ mail, phase }: Phase): Scenario[] {
    const returns = new Map(this.#returns.map(({ id, folderId }) => [id, folderId]));
    this.#returns = [];
    const scenarios: Scenario[] = [];
    for (const message of mail.filter(({ id }) => returns.has(id))) {
      mail.splice(mail.indexOf(message), 1);
      const folderId = returns.get(message.id) ?? message.folderId;
      scenarios.push({ steps: [() => this.#actor.place(message.id, folderId, { isByApp: false, phase })] });
    }
    return scenarios;
  }

  #steps(name: UnseenName, phase: Phase): Scenario['steps'] | undefined {
    if (name === 'delivered and deleted at once' || name === 'delivered and purged at once') {
      return this.#deliverAndRemove(name === 'delivered and purged at once', phase.phase);
    }
    const message = phase.mail.pop();
    return message === undefined ? undefined : this.#thereAndBack(name, message, phase);
  }

  #deliverAndRemove(isForGood: boolean, phase: number): Scenario['steps'] {
    const actor = this.#actor;
    let id = '';
    return [
      () => {
        ({ id } = actor.deliver({ from: `sender${Math.floor(this.#random.next() * 40)}@list.example` }));
      },
      () => (isForGood ? actor.remove(id, 'purge') : actor.place(id, 'deleteditems', { isByApp: false, phase })),
    ];
  }

  #thereAndBack(
    name: Exclude<UnseenName, 'delivered and deleted at once' | 'delivered and purged at once'>,
    message: Message,
    { phase, chooseFolder }: Phase,
  ): Scenario['steps'] {
    const actor = this.#actor;
    const { id, folderId, isRead, flag, categories } = message;
    const [owner, app] = [
      { isByApp: false, phase },
      { isByApp: true, phase },
    ];
    const elsewhere = chooseFolder(folderId);
    const back = (): Promise<void> => actor.place(id, folderId, owner);
    switch (name) {
      case 'moved and moved back':
        return [() => actor.place(id, elsewhere, owner), back];
      case 'moved by the app and moved back by its owner':
        this.#returns.push({ id, folderId: elsewhere });
        return [() => actor.place(id, elsewhere, app), back];
      case 'read and unread again':
        return [() => actor.update(id, { isRead: !isRead }, owner), () => actor.update(id, { isRead }, owner)];
      case 'flagged and unflagged again': {
        const other = flag.flagStatus === 'flagged' ? 'notFlagged' : 'flagged';
        return [
          () => actor.update(id, { flag: { flagStatus: other } }, owner),
          () => actor.update(id, { flag: { flagStatus: flag.flagStatus } }, owner),
        ];
      }
      case 'categorized and back':
        return [
          () => actor.update(id, { categories: [...categories, 'For a moment'] }, owner),
          () => actor.update(id, { categories }, owner),
        ];
      case 'deleted and purged at once':
        return [() => actor.place(id, 'deleteditems', owner), () => actor.remove(id, 'purge')];
      default:
        return name satisfies never;
    }
  }
}
