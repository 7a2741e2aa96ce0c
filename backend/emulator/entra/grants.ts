import { randomBytes } from 'node:crypto';
import type { EmulatorClock } from '../clock.ts';
import type { Person } from '../people.ts';
import { EntraFailure } from './failure.ts';
import { type Revocation, revoked } from './revocation.ts';

export interface AuthorizationCode {
  readonly person: Person;
  readonly redirectUri: string;
  readonly scope: string;
  readonly nonce: string | undefined;
  /** How long before the code its person signed in; undefined when the app did not ask. */
  readonly authAgeMs: number | undefined;
  readonly challenge: string | undefined;
  readonly expiresAtMs: number;
  isRedeemed: boolean;
}

interface RefreshToken {
  readonly person: Person;
  readonly generation: number;
  readonly expiresAtMs: number;
  /** True when it was given out without a secret, and is redeemed so. */
  readonly isPublic: boolean;
  retiredAtMs: number | undefined;
}

export interface AccessToken {
  readonly person: Person;
  readonly scopes: ReadonlySet<string>;
  readonly audience: string;
  expiresAtMs: number;
}

interface Grant {
  generation: number;
  readonly consented: Set<string>;
  revocation: Revocation | undefined;
}

export interface TokenLifetimes {
  readonly codeMs: number;
  readonly accessTokenMs: number;
  readonly refreshTokenMs: number;
  /** How long a refresh token works after it was exchanged for a new one. Entra ID: as long as it lives. */
  readonly refreshGraceMs: number;
}

/** Every code, refresh token and access token that was given out, and what each person consented to. */
export class Grants {
  lifetimes: TokenLifetimes;
  readonly #clock: EmulatorClock;
  readonly #codes = new Map<string, AuthorizationCode>();
  readonly #refreshTokens = new Map<string, RefreshToken>();
  readonly #accessTokens = new Map<string, AccessToken>();
  readonly #grants = new Map<string, Grant>();
  readonly #tenantConsents = new Map<string, Set<string>>();

  constructor(clock: EmulatorClock, lifetimes: TokenLifetimes) {
    this.#clock = clock;
    this.lifetimes = lifetimes;
  }

  /** A person said yes: a fresh grant, whatever became of an earlier one. */
  consent(person: Person, scopes: readonly string[]): void {
    const grant = this.#grantOf(person);
    for (const scope of scopes) grant.consented.add(scope);
    grant.revocation = undefined;
  }

  /** An admin said yes for everybody in a tenant. */
  consentForTenant(tid: string, scopes: readonly string[]): void {
    const consented = this.#tenantConsents.get(tid) ?? new Set();
    for (const scope of scopes) consented.add(scope);
    this.#tenantConsents.set(tid, consented);
  }

  /** True when an admin consented to all of the scopes, or to all that the app is registered for. */
  isConsentedFor(tid: string, scopes: readonly string[]): boolean {
    const consented = this.#tenantConsents.get(tid);
    if (consented === undefined) return false;
    return consented.has('.default') || scopes.every((scope) => consented.has(scope));
  }

  /** Consent to one permission is taken back, for this person and for everybody; refresh tokens stay good for the others. */
  withdraw(person: Person, scope: string): void {
    this.#grantOf(person).consented.delete(scope);
    this.#tenantConsents.get(person.tid)?.delete(scope);
  }

  addCode(code: Omit<AuthorizationCode, 'expiresAtMs' | 'isRedeemed'>): string {
    const text = `0.A${opaque(48)}`;
    this.#codes.set(text, { ...code, expiresAtMs: this.#clock.now() + this.lifetimes.codeMs, isRedeemed: false });
    return text;
  }

  /** Redeems a code, once. @throws `invalid_grant` when unknown, redeemed before, or too old */
  takeCode(text: string): AuthorizationCode {
    const code = this.#codes.get(text);
    if (code === undefined) throw new EntraFailure('invalid_grant', 9002313, 'The authorization code is malformed.');
    if (code.isRedeemed)
      throw new EntraFailure('invalid_grant', 54005, 'OAuth2 Authorization code was already redeemed.');
    code.isRedeemed = true;
    if (this.#clock.now() > code.expiresAtMs)
      throw new EntraFailure('invalid_grant', 70008, 'The provided authorization code has expired.');
    return code;
  }

  /** Address of the person whose code or refresh token this is; redeems nothing. */
  ownerOf(codeOrRefreshToken: string): string | undefined {
    return (this.#codes.get(codeOrRefreshToken) ?? this.#refreshTokens.get(codeOrRefreshToken))?.person.email;
  }

  addRefreshToken(person: Person, isPublic = false): string {
    const text = `1.A${opaque(72)}`;
    this.#refreshTokens.set(text, {
      person,
      generation: this.#grantOf(person).generation,
      expiresAtMs: this.#clock.now() + this.lifetimes.refreshTokenMs,
      isPublic,
      retiredAtMs: undefined,
    });
    return text;
  }

  /** True for a refresh token of a client without a secret. */
  isPublic(refreshToken: string): boolean {
    return this.#refreshTokens.get(refreshToken)?.isPublic ?? false;
  }

  /** False for a refresh token of a client without a secret, and for one that is none: that is said first. */
  needsSecret(refreshToken: string | undefined): boolean {
    const token = refreshToken === undefined ? undefined : this.#refreshTokens.get(refreshToken);
    return refreshToken === undefined || token?.isPublic === false;
  }

  /** @throws as Entra ID does when the token is unknown, too old, revoked, or no longer consented to */
  useRefreshToken(text: string, scopes: readonly string[]): Person {
    const token = this.#refreshTokens.get(text);
    if (token === undefined)
      throw new EntraFailure('invalid_grant', 9002313, 'The refresh token is malformed or invalid.');
    const grant = this.#grantOf(token.person);
    if (grant.revocation !== undefined) throw revoked(grant.revocation);
    if (token.generation !== grant.generation) throw revoked('invalid_grant');
    const nowMs = this.#clock.now();
    const isOver = nowMs - (token.retiredAtMs ?? nowMs) > this.lifetimes.refreshGraceMs;
    if (isOver || nowMs > token.expiresAtMs) {
      throw new EntraFailure('invalid_grant', 700082, 'The refresh token has expired due to inactivity.');
    }
    if (scopes.some((scope) => scope !== '.default' && !grant.consented.has(scope))) throw revoked('consent_required');
    token.retiredAtMs ??= nowMs;
    return token.person;
  }

  addAccessToken(text: string, token: Omit<AccessToken, 'expiresAtMs'>): void {
    this.#accessTokens.set(text, { ...token, expiresAtMs: this.#clock.now() + this.lifetimes.accessTokenMs });
  }

  accessToken(text: string): AccessToken | undefined {
    return this.#accessTokens.get(text);
  }

  consentedScopes(person: Person): readonly string[] {
    return [...this.#grantOf(person).consented];
  }

  /** Every refresh token that the person's sign-ins gave out is dead from now on; a new sign-in starts afresh. */
  revoke(person: Person, how: Revocation): void {
    const grant = this.#grantOf(person);
    grant.revocation = how;
    grant.generation += 1;
    if (how === 'consent_required') grant.consented.clear();
  }

  /** Access tokens given out so far, of one person or of all, are answered 401. */
  expireAccessTokens(person?: Person): void {
    const past = this.#clock.now() - 1;
    for (const token of this.#accessTokens.values()) {
      if (person === undefined || token.person === person) token.expiresAtMs = Math.min(token.expiresAtMs, past);
    }
  }

  #grantOf(person: Person): Grant {
    let grant = this.#grants.get(person.oid);
    if (grant === undefined) {
      grant = { generation: 1, consented: new Set(), revocation: undefined };
      this.#grants.set(person.oid, grant);
    }
    return grant;
  }
}

function opaque(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
