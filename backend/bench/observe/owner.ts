import type { Message, MessageChanges, MessageDraft } from '../../emulator/mailbox/message.ts';
import type { Person } from '../../emulator/people.ts';
import type { SeededRandom } from '../../emulator/random.ts';
import { dayMs } from '../../src/lib/durations.ts';
import type { Scenario } from './scenario.ts';
import { Actor, type RecordAction, type Removal } from './actor.ts';
import { UnseenScenarios } from './unseen-scenarios.ts';

/** Folders that owners make themselves. */
const ownFolders = ['Receipts', 'Projects'] as const;
const deletedFolder = 'Old projects';
/** Target folders of moves; a folder named twice is chosen twice as often. */
const restingPlaces = ['inbox', 'archive', 'deleteditems', 'deleteditems', ...ownFolders, ...ownFolders, deletedFolder];
const mostFolders = 12;
const categoryNames = ['Red category', 'Blue category', 'Travel'] as const;
const foundWithinDays = 20;

/** Shares of a phase's changes; the rest are deliveries. */
const shares = { place: 0.32, purge: 0.02, read: 0.16, flag: 0.07, categorize: 0.05, unseen: 0.04 } as const;
/** Share of the acts on messages that the app makes. */
const appShare = 0.1;

interface PhaseSize {
  /** Least number of changes. */
  readonly changes: number;
  readonly phase: number;
}

interface OwnerOptions {
  readonly record: RecordAction;
  readonly isAwkward?: boolean;
}

/** A simulated person who receives and handles mail at random; the same seed gives the same acts. */
export class SimulatedOwner {
  readonly person: Person;
  readonly actor: Actor;
  readonly #random: SeededRandom;
  readonly #isAwkward: boolean;
  readonly #unseen: UnseenScenarios;
  readonly #restingPlaces = [...restingPlaces];
  #delivered = 0;

  /** @param isAwkward true: mail that is removed goes to Recoverable Items as well as away at once */
  constructor(person: Person, random: SeededRandom, { record, isAwkward = false }: OwnerOptions) {
    this.person = person;
    this.#isAwkward = isAwkward;
    this.actor = new Actor(person, record);
    this.#random = random;
    for (const name of ownFolders) person.does.createFolder(name);
    person.does.createFolder(deletedFolder, 'deleteditems');
    this.#unseen = new UnseenScenarios(this.actor, random);
  }

  /** Fills the mailbox with mail that lies there already, in all folders. */
  furnish(messages: number): void {
    for (let count = 0; count < messages; count += 1) {
      const ageMs = this.#random.next() * foundWithinDays * dayMs;
      this.actor.deliver({
        ...this.#draft(),
        folder: this.#chooseFolder(),
        receivedAtMs: Math.round(Date.now() - ageMs),
      });
    }
  }

  /**
   * Plans a phase, in random order. A message that is there gets at most one change of each kind, or is purged, or is
   * part of one unseen scenario; what is delivered in this phase is not acted on.
   */
  plan({ changes, phase }: PhaseSize): Scenario[] {
    this.#makeFolder(phase);
    const mail = this.#mail();
    const chooseFolder = (not: string): string => this.#chooseFolder(not);
    const scenarios: Scenario[] = [...this.#unseen.plan(changes * shares.unseen, { mail, phase, chooseFolder })];
    const purged = mail.splice(0, Math.min(mail.length / 10, changes * shares.purge));
    for (const { id } of purged) scenarios.push({ steps: [() => this.actor.remove(id, this.#removal())] });
    for (const kind of ['place', 'read', 'flag', 'categorize'] as const) {
      for (const message of this.#some(mail, changes * shares[kind])) scenarios.push(this.#act(kind, message, phase));
    }
    let left = changes - scenarios.reduce((sum, { steps }) => sum + steps.length, 0);
    for (; left > 0; left -= 1) scenarios.push({ steps: [() => void this.actor.deliver(this.#arrival())] });
    this.#random.shuffle(scenarios);
    return scenarios;
  }

  /** Creates a folder that the observer does not know yet. */
  #makeFolder(phase: number): void {
    if (this.#restingPlaces.length >= mostFolders) return;
    const name = `Journey ${phase}`;
    this.person.does.createFolder(name);
    this.#restingPlaces.push(name);
  }

  /** Returns the messages that may be acted on, in random order. */
  #mail(): Message[] {
    const { mailbox } = this.person;
    const sent = mailbox.folders.get('sentitems').id;
    const mail = mailbox.messages().filter(({ folderId }) => folderId !== sent);
    this.#random.shuffle(mail);
    return mail;
  }

  /** Returns at most `count` messages, from a random position on. */
  #some(mail: readonly Message[], count: number): Message[] {
    const start = Math.floor(this.#random.next() * mail.length);
    return [...mail.slice(start), ...mail.slice(0, start)].slice(0, Math.round(count));
  }

  #act(kind: 'place' | 'read' | 'flag' | 'categorize', { id, ...message }: Message, phase: number): Scenario {
    const doing = { isByApp: this.#random.chance(appShare), phase };
    if (kind === 'place') {
      const folder = this.#chooseFolder(message.folderId);
      return { steps: [() => this.actor.place(id, folder, doing)] };
    }
    const changes = this.#changeOf(kind, message);
    return { steps: [() => this.actor.update(id, changes, doing)] };
  }

  #changeOf(kind: 'read' | 'flag' | 'categorize', message: Omit<Message, 'id'>): MessageChanges {
    if (kind === 'read') return { isRead: !message.isRead };
    if (kind === 'flag') {
      if (message.flag.flagStatus !== 'flagged') return { flag: { flagStatus: 'flagged' } };
      return { flag: { flagStatus: this.#random.chance(0.5) ? 'complete' : 'notFlagged' } };
    }
    const missing = categoryNames.filter((name) => !message.categories.includes(name));
    const added = this.#pick(missing);
    const isFewer = message.categories.length > 0 && this.#random.chance(0.2);
    if (added === undefined || isFewer) return { categories: message.categories.slice(1) };
    return { categories: [...message.categories, added] };
  }

  #arrival(): MessageDraft {
    const chance = this.#random.next();
    const folder = chance < 0.03 ? 'sentitems' : chance < 0.08 ? 'junkemail' : chance < 0.18 ? 'Receipts' : 'inbox';
    return { ...this.#draft(), folder };
  }

  #draft(): MessageDraft {
    this.#delivered += 1;
    const sender = Math.floor(this.#random.next() * 40);
    const headers = sender < 10 ? { 'List-Unsubscribe': `<https://list${sender}.example/off>` } : {};
    return { from: `sender${sender}@list${sender}.example`, subject: `Report ${this.#delivered}`, headers };
  }

  /** Returns the id of a random target folder other than `not`. */
  #chooseFolder(not?: string): string {
    const { folders } = this.person.mailbox;
    const others = this.#restingPlaces.map((name) => folders.idByAnyName(name)).filter((id) => id !== not);
    return this.#pick(others) ?? folders.get('inbox').id;
  }

  #removal(): Removal {
    const removals: readonly Removal[] = this.#isAwkward ? ['purge', 'softDelete', 'hardDelete'] : ['purge'];
    return this.#pick(removals) ?? 'purge';
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random.next() * items.length)];
  }
}
