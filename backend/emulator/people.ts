import type { EmulatorClock } from './clock.ts';
import type { IdMint } from './ids.ts';
import { guidOf, tenantOf } from './ids.ts';
import type { TruthLedger } from './ledgers/truth.ts';
import { type Burst, runBurst } from './mailbox/bursts.ts';
import type { MailboxLanguage } from './mailbox/folder-names.ts';
import { Mailbox } from './mailbox/mailbox.ts';
import type { MailboxChange, Whims } from './mailbox/mailbox-parts.ts';
import { PersonActions } from './mailbox/person-actions.ts';
import type { RecoverableRules } from './mailbox/recoverable-items.ts';
import { addSearchFolder, addUsualFolders } from './mailbox/usual-folders.ts';

export interface PersonDraft {
  /** Address and sign-in name, unless one of the next two says otherwise. */
  readonly email: string;
  /** Property `mail` of the account; null: it has none. */
  readonly mail?: string | null | undefined;
  readonly userPrincipalName?: string | undefined;
  readonly name?: string | undefined;
  /** Otherwise one tenant for each domain. */
  readonly tenantId?: string | undefined;
  /** Domain of a tenant that they are a guest of: an account there of its own, without a mailbox. */
  readonly guestOf?: string | undefined;
  /** Folders beside the built-in ones. */
  readonly folders?: readonly string[] | undefined;
  /** False: the account has no mailbox, and Graph answers 404 `MailboxNotEnabledForRESTAPI`. */
  readonly hasMailbox?: boolean | undefined;
  /** Of the names of the built-in folders. */
  readonly language?: MailboxLanguage | undefined;
  /** Well-known names of built-in folders that the mailbox does not have, as archive. */
  readonly without?: readonly string[] | undefined;
  /** True: also what a mailbox gathers over the years, as Conversation History, Sync Issues and a hidden folder. */
  readonly usualFolders?: boolean | undefined;
  /** True: also a search folder for unread mail. */
  readonly searchFolder?: boolean | undefined;
}

export interface Person {
  readonly tid: string;
  readonly oid: string;
  /** Main address; the person is found by it. */
  readonly email: string;
  readonly mail: string | null;
  readonly userPrincipalName: string;
  readonly name: string;
  readonly hasMailbox: boolean;
  readonly mailbox: Mailbox;
  /** Done by the person themselves to their own mail. */
  readonly does: PersonActions;
  /** One act on many messages, by the person or by anything else but the app. @returns the ids of the messages */
  readonly burst: (burst: Burst) => string[];
}

/** What may change about an account. */
interface AccountChanges {
  /** A new main address, and sign-in name; the object id stays. */
  readonly email?: string | undefined;
  readonly mail?: string | null | undefined;
  readonly userPrincipalName?: string | undefined;
  /** False: the license is gone. */
  readonly hasMailbox?: boolean | undefined;
}

type Account = { -readonly [Field in keyof Person]: Person[Field] };

interface PeopleParts {
  readonly clock: EmulatorClock;
  readonly ids: IdMint;
  readonly truth: TruthLedger;
  readonly recoverable: RecoverableRules;
  readonly whims: Whims;
  readonly onChange: (person: Person, change: MailboxChange) => void;
  /** Told when an account is taken away. */
  readonly onRemove: (person: Person) => void;
}

/** Everyone who has an account. */
export class People {
  readonly #parts: PeopleParts;
  readonly #byEmail = new Map<string, Account>();
  readonly #byObjectId = new Map<string, Account>();
  /** How many accounts an address has had that are gone: the next one has another object id. */
  readonly #removed = new Map<string, number>();

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** Creates account and mailbox. @throws when the address is taken */
  add(draft: PersonDraft): Person {
    const { email, mail, userPrincipalName } = addressesOf(draft);
    if (this.find(email) !== undefined) throw new Error(`${email} exists already`);
    const displayName = draft.name ?? draft.email.split('@')[0] ?? draft.email;
    const { onChange, onRemove: _onRemove, ...parts } = this.#parts;
    const mailbox = new Mailbox(
      {
        ...parts,
        owner: { name: displayName, address: email },
        onChange: (_mailbox, change) => onChange(person, change),
      },
      draft,
    );
    const account: Account = {
      tid: draft.tenantId ?? tenantOf(draft.guestOf ?? domainOf(email)),
      oid: this.#objectId(email),
      email,
      mail,
      userPrincipalName,
      name: displayName,
      hasMailbox: draft.hasMailbox ?? draft.guestOf === undefined,
      mailbox,
      does: new PersonActions(mailbox),
      burst: (burst) => runBurst(mailbox, burst, parts.clock.now()),
    };
    const person: Person = account;
    this.#byEmail.set(email.toLowerCase(), account);
    this.#byObjectId.set(account.oid, account);
    if (draft.usualFolders === true) addUsualFolders(mailbox.folders, draft.language);
    if (draft.searchFolder === true) addSearchFolder(mailbox.folders, 'Unread Mail', 'unread');
    for (const folder of draft.folders ?? []) person.does.createFolder(folder);
    return person;
  }

  /** Changes an account; its object id and its mail stay. @throws when there is no such person, or the address is taken */
  change(emailOrObjectId: string, { email, ...changes }: AccountChanges): Person {
    const account = this.#get(emailOrObjectId);
    if (email !== undefined && email.toLowerCase() !== account.email.toLowerCase()) this.#rename(account, email);
    account.mail = changes.mail === undefined ? account.mail : changes.mail;
    account.userPrincipalName = changes.userPrincipalName ?? account.userPrincipalName;
    account.hasMailbox = changes.hasMailbox ?? account.hasMailbox;
    return account;
  }

  /** Takes an account away: its tokens die, and whoever gets the address next is somebody else. @throws when unknown */
  remove(emailOrObjectId: string): void {
    const account = this.#get(emailOrObjectId);
    const address = account.email.toLowerCase();
    this.#byEmail.delete(address);
    this.#byObjectId.delete(account.oid);
    this.#removed.set(address, (this.#removed.get(address) ?? 0) + 1);
    account.hasMailbox = false;
    this.#parts.onRemove(account);
  }

  /** @param emailOrObjectId address (in any case), sign-in name, or object id */
  find(emailOrObjectId: string): Person | undefined {
    return this.#find(emailOrObjectId);
  }

  /** @throws when there is no such person */
  get(emailOrObjectId: string): Person {
    return this.#get(emailOrObjectId);
  }

  all(): Person[] {
    return [...this.#byEmail.values()];
  }

  #get(emailOrObjectId: string): Account {
    const account = this.#find(emailOrObjectId);
    if (account === undefined) throw new Error(`There is no person ${emailOrObjectId}`);
    return account;
  }

  #find(emailOrObjectId: string): Account | undefined {
    const name = emailOrObjectId.toLowerCase();
    const found = this.#byEmail.get(name) ?? this.#byObjectId.get(emailOrObjectId);
    return found ?? [...this.#byEmail.values()].find((one) => one.userPrincipalName.toLowerCase() === name);
  }

  #rename(account: Account, email: string): void {
    if (this.find(email) !== undefined) throw new Error(`${email} exists already`);
    this.#byEmail.delete(account.email.toLowerCase());
    if (account.mail === account.email) account.mail = email;
    if (account.userPrincipalName === account.email) account.userPrincipalName = email;
    account.email = email;
    account.mailbox.owner = { ...account.mailbox.owner, address: email };
    this.#byEmail.set(email.toLowerCase(), account);
  }

  #objectId(email: string): string {
    const address = email.toLowerCase();
    const count = this.#removed.get(address);
    const oid = guidOf(count === undefined ? `person/${address}` : `person/${address}/${count}`);
    // a renamed account keeps the object id that its first address gave it
    return this.#byObjectId.has(oid) ? guidOf(`${oid}/${this.#byObjectId.size}`) : oid;
  }
}

/** A guest goes by a name of the tenant's own, and keeps the address that they were invited by as `mail`. */
function addressesOf({ email, guestOf, mail, userPrincipalName }: PersonDraft): {
  email: string;
  mail: string | null;
  userPrincipalName: string;
} {
  const name = guestOf === undefined ? email : `${email.replace('@', '_')}#EXT#@${guestOf}`;
  return { email: name, mail: mail === undefined ? email : mail, userPrincipalName: userPrincipalName ?? name };
}

function domainOf(email: string): string {
  return email.split('@')[1] ?? email;
}
