import type { Message, MessageChanges, MessageDraft } from '../../emulator/mailbox/message.ts';
import type { Person } from '../../emulator/people.ts';
import type { SeededRandom } from '../../emulator/random.ts';
import type { Errand } from './errand.ts';
import { Hand, type RecordAction } from './hand.ts';
import { UnseenErrands } from './unseen-errands.ts';

/** Folders that owners have made themselves; the last lies in Deleted Items. */
const FOLDERS = ['Receipts', 'Projects'] as const;
const DELETED_FOLDER = 'Old projects';
/** Where mail goes, as often as it is named. */
const RESTING_PLACES = ['inbox', 'archive', 'deleteditems', 'deleteditems', ...FOLDERS, ...FOLDERS, DELETED_FOLDER];
const MOST_FOLDERS = 12;
const CATEGORIES = ['Red category', 'Blue category', 'Travel'] as const;
const DAY_MS = 24 * 60 * 60_000;
const FOUND_WITHIN_DAYS = 20;

/** Parts of a phase's changes; what is left over are deliveries. */
const SHARES = { place: 0.32, purge: 0.02, read: 0.16, flag: 0.07, categorize: 0.05, unseen: 0.04 } as const;
/** Part of the acts on a message that the app does. */
const APP_SHARE = 0.1;

interface Wish {
  /** How many changes, at least. */
  readonly changes: number;
  readonly phase: number;
}

/** A person who gets mail and does things with it, at random, but always the same for the same seed. */
export class SimulatedOwner {
  readonly person: Person;
  readonly hand: Hand;
  readonly #random: SeededRandom;
  readonly #unseen: UnseenErrands;
  readonly #restingPlaces = [...RESTING_PLACES];
  #delivered = 0;

  constructor(person: Person, random: SeededRandom, record: RecordAction) {
    this.person = person;
    this.hand = new Hand(person, record);
    this.#random = random;
    for (const name of FOLDERS) person.does.createFolder(name);
    person.does.createFolder(DELETED_FOLDER, 'deleteditems');
    this.#unseen = new UnseenErrands(this.hand, random);
  }

  /** Fills the mailbox with mail that lies there already, in all folders. */
  furnish(messages: number): void {
    for (let count = 0; count < messages; count += 1) {
      const ageMs = this.#random.next() * FOUND_WITHIN_DAYS * DAY_MS;
      this.hand.deliver({
        ...this.#draft(),
        folder: this.#chooseFolder(),
        receivedAtMs: Math.round(Date.now() - ageMs),
      });
    }
  }

  /**
   * Plans a phase, in random order. A message that is there gets at most one change of each kind, or is purged, or is
   * part of one unseen errand; what is delivered in this phase is not acted on.
   */
  plan({ changes, phase }: Wish): Errand[] {
    this.#makeFolder(phase);
    const mail = this.#mail();
    const chooseFolder = (not: string): string => this.#chooseFolder(not);
    const errands: Errand[] = [...this.#unseen.plan(changes * SHARES.unseen, { mail, phase, chooseFolder })];
    const purged = mail.splice(0, Math.min(mail.length / 10, changes * SHARES.purge));
    for (const { id } of purged) errands.push({ steps: [() => this.hand.purge(id)] });
    for (const kind of ['place', 'read', 'flag', 'categorize'] as const) {
      for (const message of this.#some(mail, changes * SHARES[kind])) errands.push(this.#act(kind, message, phase));
    }
    let left = changes - errands.reduce((sum, { steps }) => sum + steps.length, 0);
    for (; left > 0; left -= 1) errands.push({ steps: [() => void this.hand.deliver(this.#arrival())] });
    this.#random.shuffle(errands);
    return errands;
  }

  /** Mail goes to folders that the observer has not heard of, too. */
  #makeFolder(phase: number): void {
    if (this.#restingPlaces.length >= MOST_FOLDERS) return;
    const name = `Journey ${phase}`;
    this.person.does.createFolder(name);
    this.#restingPlaces.push(name);
  }

  /** What may be acted on, in random order. */
  #mail(): Message[] {
    const { mailbox } = this.person;
    const sent = mailbox.folders.get('sentitems').id;
    const mail = mailbox.messages().filter(({ folderId }) => folderId !== sent);
    this.#random.shuffle(mail);
    return mail;
  }

  /** At most `count` of them, from a random place on. */
  #some(mail: readonly Message[], count: number): Message[] {
    const start = Math.floor(this.#random.next() * mail.length);
    return [...mail.slice(start), ...mail.slice(0, start)].slice(0, Math.round(count));
  }

  #act(kind: 'place' | 'read' | 'flag' | 'categorize', { id, ...message }: Message, phase: number): Errand {
    const doing = { isByApp: this.#random.chance(APP_SHARE), phase };
    if (kind === 'place') {
      const folder = this.#chooseFolder(message.folderId);
      return { steps: [() => this.hand.place(id, folder, doing)] };
    }
    const changes = this.#changeOf(kind, message);
    return { steps: [() => this.hand.update(id, changes, doing)] };
  }

  #changeOf(kind: 'read' | 'flag' | 'categorize', message: Omit<Message, 'id'>): MessageChanges {
    if (kind === 'read') return { isRead: !message.isRead };
    if (kind === 'flag') {
      if (message.flag.flagStatus !== 'flagged') return { flag: { flagStatus: 'flagged' } };
      return { flag: { flagStatus: this.#random.chance(0.5) ? 'complete' : 'notFlagged' } };
    }
    const missing = CATEGORIES.filter((name) => !message.categories.includes(name));
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

  /** The id of a folder in which mail may rest, other than `not`. */
  #chooseFolder(not?: string): string {
    const { folders } = this.person.mailbox;
    const others = this.#restingPlaces.map((name) => folders.idByAnyName(name)).filter((id) => id !== not);
    return this.#pick(others) ?? folders.get('inbox').id;
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random.next() * items.length)];
  }
}
