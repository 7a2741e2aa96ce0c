import type { IdMint } from './ids.ts';
import { guidOf } from './ids.ts';
import type { EmulatorClock } from './clock.ts';
import type { TruthLedger } from './ledgers/truth.ts';
import { Mailbox, type MailboxChange } from './mailbox/mailbox.ts';
import { PersonActions } from './mailbox/person-actions.ts';

export interface PersonDraft {
  /** Address and sign-in name. */
  readonly email: string;
  readonly name?: string | undefined;
  /** Otherwise one tenant for each domain. */
  readonly tenantId?: string | undefined;
  /** Folders beside the built-in ones. */
  readonly folders?: readonly string[] | undefined;
  /** False: the account has no mailbox, and Graph answers 404 `MailboxNotEnabledForRESTAPI`. */
  readonly hasMailbox?: boolean | undefined;
}

export interface Person {
  readonly tid: string;
  readonly oid: string;
  readonly email: string;
  readonly name: string;
  readonly hasMailbox: boolean;
  readonly mailbox: Mailbox;
  /** What the person does with their own mail. */
  readonly does: PersonActions;
}

interface PeopleParts {
  readonly clock: EmulatorClock;
  readonly ids: IdMint;
  readonly truth: TruthLedger;
  readonly hidesArrival: () => boolean;
  readonly onChange: (person: Person, change: MailboxChange) => void;
}

/** Everyone who has an account. */
export class People {
  readonly #parts: PeopleParts;
  readonly #byEmail = new Map<string, Person>();
  readonly #byObjectId = new Map<string, Person>();

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** Creates account and mailbox. @throws when the address is taken */
  add({ email, name, tenantId, folders = [], hasMailbox = true }: PersonDraft): Person {
    if (this.find(email) !== undefined) throw new Error(`${email} exists already`);
    const displayName = name ?? email.split('@')[0] ?? email;
    const domain = email.split('@')[1] ?? email;
    const { onChange, ...parts } = this.#parts;
    const mailbox = new Mailbox({
      ...parts,
      owner: { name: displayName, address: email },
      onChange: (_mailbox, change) => onChange(person, change),
    });
    const person: Person = {
      tid: tenantId ?? guidOf(`tenant/${domain.toLowerCase()}`),
      oid: guidOf(`person/${email.toLowerCase()}`),
      email,
      name: displayName,
      hasMailbox,
      mailbox,
      does: new PersonActions(mailbox),
    };
    this.#byEmail.set(email.toLowerCase(), person);
    this.#byObjectId.set(person.oid, person);
    for (const folder of folders) person.does.createFolder(folder);
    return person;
  }

  /** @param emailOrObjectId address (in any case) or object id */
  find(emailOrObjectId: string): Person | undefined {
    return this.#byEmail.get(emailOrObjectId.toLowerCase()) ?? this.#byObjectId.get(emailOrObjectId);
  }

  /** @throws when there is no such person */
  get(emailOrObjectId: string): Person {
    const person = this.find(emailOrObjectId);
    if (person === undefined) throw new Error(`There is no person ${emailOrObjectId}`);
    return person;
  }

  all(): Person[] {
    return [...this.#byEmail.values()];
  }
}
