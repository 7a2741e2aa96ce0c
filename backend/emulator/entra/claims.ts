import { createHash, randomUUID } from 'node:crypto';
import type { Person } from '../people.ts';
import { issuerOf } from './discovery.ts';
import type { Claims } from './keys.ts';
import type { ScopeRequest } from './scopes.ts';

/** What was redeemed, and is to become tokens. */
export interface Redeemed {
  readonly person: Person;
  readonly scopes: ScopeRequest;
  readonly nonce: string | undefined;
  /** How long ago the person signed in; undefined when the app did not ask. */
  readonly authAgeMs?: number | undefined;
  /** True for a client without a secret. */
  readonly isPublic: boolean;
}

export interface Issue {
  readonly clientId: string;
  readonly origin: string;
  readonly nowSeconds: number;
  readonly lifetimeSeconds: number;
}

/** Claims of an id token, version 2.0. */
export function idClaims(redeemed: Redeemed, issue: Issue): Claims {
  const { person, nonce, scopes, authAgeMs } = redeemed;
  return {
    ...commonClaims(redeemed, issue),
    aud: issue.clientId,
    preferred_username: person.userPrincipalName,
    ...(scopes.openidScopes.includes('email') && person.mail !== null ? { email: person.mail } : {}),
    ...(authAgeMs === undefined ? {} : { auth_time: issue.nowSeconds - Math.round(authAgeMs / 1_000) }),
    ...(nonce === undefined ? {} : { nonce }),
  };
}

/** Claims of an access token; to the app it is opaque. */
export function accessClaims(redeemed: Redeemed, issue: Issue): Claims {
  const { audience, resourceScopes } = redeemed.scopes;
  return { ...commonClaims(redeemed, issue), aud: audience, appid: issue.clientId, scp: resourceScopes.join(' ') };
}

function commonClaims({ person }: Redeemed, { origin, nowSeconds, lifetimeSeconds }: Issue): Claims {
  return {
    iss: issuerOf(origin, person.tid),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + lifetimeSeconds,
    sub: createHash('sha256').update(`${person.oid}/app`).digest('base64url'),
    tid: person.tid,
    oid: person.oid,
    name: person.name,
    uti: randomUUID().replaceAll('-', '').slice(0, 22), // two tokens of the same second differ
    ver: '2.0',
  };
}
