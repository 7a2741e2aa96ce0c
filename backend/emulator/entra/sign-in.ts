import type { People, Person } from '../people.ts';
import { consumersTenant } from './discovery.ts';
import type { BadSignature, Claims } from './keys.ts';

/** auto: the page answers by itself as soon as it is clear who signs in; page: somebody chooses. */
export type ConsentMode = 'auto' | 'page';

/** What the page decided. */
export type SignInAnswer =
  | { readonly kind: 'accept'; readonly person: Person }
  | { readonly kind: 'deny' }
  | { readonly kind: 'ask'; readonly people: readonly Person[] };

interface SignInQuestion {
  readonly tenant: string;
  readonly loginHint: string | undefined;
  /** What was clicked: an address, or `deny`. */
  readonly clicked: string | undefined;
}

/** What is wrong with an id token. */
export interface SpoiledToken {
  /** Laid over the right claims; one that is null is left out. */
  readonly claims?: Claims | undefined;
  readonly signature?: BadSignature | undefined;
}

export const denyChoice = 'deny';

/** Who signs in when the browser comes to the consent page. */
export class SignIn {
  mode: ConsentMode;
  /** True, as the default policy of a tenant has it: only an admin consents to mail, for everybody. */
  needsAdmin = false;
  /** How long ago people signed in at Entra ID, unless the app has them asked anew. */
  sessionAgeMs = 3_600_000;
  readonly #people: People;
  #answers: string[] = [];
  #spoiled: SpoiledToken[] = [];
  #everyone: string | undefined;
  #deviceCodesOf = 0;
  #slowDowns = 0;

  constructor(people: People, mode: ConsentMode) {
    this.#people = people;
    this.mode = mode;
  }

  /** The next sign-in, once, is this person's, whatever the hint says. Several calls line up. */
  nextAs(email: string): void {
    this.#answers.push(this.#people.get(email).email);
  }

  /** The next sign-in, once, is refused: `access_denied`. */
  denyNext(): void {
    this.#answers.push(denyChoice);
  }

  /** The next id token, once, is not as it should be. Several calls line up. */
  spoilNext(token: SpoiledToken): void {
    this.#spoiled.push(token);
  }

  /** What is wrong with the id token that is issued now. */
  takeSpoiled(): SpoiledToken {
    return this.#spoiled.shift() ?? {};
  }

  /** Device codes that were given so far are too old from now on. */
  expireDeviceCodes(): void {
    this.#deviceCodesOf += 1;
  }

  /** Changes with each call of `expireDeviceCodes`. */
  get deviceCodesOf(): number {
    return this.#deviceCodesOf;
  }

  /** The next question about a device code, once, is answered slow_down, and so is each that comes within 5 s of one. */
  slowDownNext(): void {
    this.#slowDowns += 1;
  }

  /** True if the question that is answered now is answered slow_down. */
  takeSlowDown(): boolean {
    if (this.#slowDowns === 0) return false;
    this.#slowDowns -= 1;
    return true;
  }

  /** Who signs in when no hint says otherwise; undefined: nobody by default. */
  everyoneAs(email: string | undefined): void {
    this.#everyone = email === undefined ? undefined : this.#people.get(email).email;
  }

  answer({ tenant, loginHint, clicked }: SignInQuestion): SignInAnswer {
    const people = this.#people.all().filter((person) => isIn(person, tenant));
    const only = people.length === 1 ? people[0]?.email : undefined;
    const byItself = this.mode === 'auto' ? (loginHint ?? this.#everyone ?? only) : undefined;
    const choice = clicked ?? this.#answers.shift() ?? byItself;
    if (choice === denyChoice) return { kind: 'deny' };
    const name = choice?.toLowerCase();
    const person = people.find((one) => [one.email, one.userPrincipalName].some((own) => own.toLowerCase() === name));
    return person === undefined ? { kind: 'ask', people } : { kind: 'accept', person };
  }
}

function isIn(person: Person, tenant: string): boolean {
  const isPersonal = person.tid === consumersTenant;
  if (tenant === 'common') return true;
  if (tenant === 'organizations' || tenant === 'consumers') return isPersonal === (tenant === 'consumers');
  return person.tid === tenant || person.email.toLowerCase().endsWith(`@${tenant.toLowerCase()}`);
}
