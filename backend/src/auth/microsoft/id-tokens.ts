import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyResult } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { minuteMs, secondMs } from '../../lib/durations.ts';
import { GrantDeadError, TryLaterError } from '../errors.ts';

/** The directory that holds all personal accounts. */
export const consumersTenant = '9188040d-6c67-4c5b-b112-36a304b66dad';
const requestLimitMs = 5_000;
/** The clocks of Microsoft and of this machine may differ by this much, as Microsoft's own libraries allow. */
const clockToleranceMs = 5 * minuteMs;
const maxNameLength = 256;

const metadataSchema = z.object({ issuer: z.url().max(500) });
/** Microsoft's own member of a published key: whose tokens it signs. */
const keySchema = z.looseObject({ issuer: z.string().optional() });
const guid = z.guid().toLowerCase();

/** The claims that are used, bounded: a directory's admin writes names. */
const claimsSchema = z.object({
  iss: z.string().max(500),
  tid: guid,
  oid: guid,
  auth_time: z.int().min(0).optional().catch(undefined),
  preferred_username: z.string().max(maxNameLength).optional().catch(undefined),
  name: z
    .string()
    .transform((name) => name.replaceAll(/\p{Cc}/gu, ' ').slice(0, maxNameLength))
    .optional()
    .catch(undefined),
});
export type IdClaims = z.output<typeof claimsSchema>;

export interface IdTokenSettings {
  readonly clientId: string;
  /** A directory's id or domain, or common, organizations, consumers. */
  readonly tenantId: string;
  /** Scheme and host of Entra ID. */
  readonly loginUrl: string;
  readonly clock?: Clock;
}

/**
 * Checks id tokens as OpenID Connect Core 3.1.3.7 asks: signature, issuer, audience and times. MSAL compares the nonce
 * and reads the rest without checking it.
 */
export class IdTokens {
  readonly #settings: IdTokenSettings;
  readonly #keys;
  #issuer: Promise<string> | undefined;

  /** Opens nothing: keys and issuer are fetched when they are first needed. */
  constructor(settings: IdTokenSettings) {
    this.#settings = settings;
    const url = new URL(`${settings.loginUrl}/${settings.tenantId}/discovery/v2.0/keys`);
    this.#keys = createRemoteJWKSet(url, { timeoutDuration: requestLimitMs });
  }

  /**
   * Returns the claims of an id token that is genuine.
   * @param hasNonce false for a sign-in by device code, which has none: its token comes straight from Microsoft
   * @throws GrantDeadError unusable_id_token, clock_differs or wrong_tenant; TryLaterError when keys or issuer cannot be
   *   fetched
   */
  async verify(idToken: string, { hasNonce = true }: { hasNonce?: boolean } = {}): Promise<IdClaims> {
    const issuer = await this.#readIssuer();
    const verified = await this.#checkSignature(idToken, hasNonce);
    const { success, data: claims } = claimsSchema.safeParse(verified.payload);
    if (!success) throw new GrantDeadError('unusable_id_token');
    this.#checkTenant(claims, issuer);
    if (claims.iss !== issuerOf(issuer, claims.tid) || !this.#isKeyOf(verified, claims))
      throw new GrantDeadError('unusable_id_token');
    return claims;
  }

  /**
   * Returns the id of the one directory whose accounts may sign in; undefined when those of any may.
   * @throws TryLaterError when Microsoft must be asked, and cannot be
   */
  async homeTenant(): Promise<string | undefined> {
    const given = guid.safeParse(this.#settings.tenantId);
    return given.success ? given.data : tenantIn(await this.#readIssuer());
  }

  #checkTenant({ tid }: IdClaims, issuer: string): void {
    const only = tenantIn(issuer);
    const isForeign = only === undefined ? this.#settings.tenantId === 'organizations' : only !== tid;
    if (isForeign && (only !== undefined || tid === consumersTenant)) throw new GrantDeadError('wrong_tenant');
  }

  async #checkSignature(idToken: string, hasNonce: boolean): Promise<JWTVerifyResult> {
    const { clientId, clock = Date.now } = this.#settings;
    try {
      return await jwtVerify(idToken, this.#keys, {
        algorithms: ['RS256'],
        audience: clientId,
        clockTolerance: clockToleranceMs / secondMs,
        currentDate: new Date(clock()),
        requiredClaims: ['exp', 'iat', 'iss', ...(hasNonce ? ['nonce'] : [])],
      });
    } catch (error) {
      throw translate(error);
    }
  }

  /** A key that names an issuer signs for that issuer only. */
  #isKeyOf({ protectedHeader }: JWTVerifyResult, { iss, tid }: IdClaims): boolean {
    const key = this.#keys.jwks()?.keys.find(({ kid }) => kid === protectedHeader.kid);
    const { issuer } = keySchema.parse(key ?? {});
    return issuer === undefined || issuerOf(issuer, tid) === iss;
  }

  /** What was read once holds while the process lives; a failure is not kept. */
  #readIssuer(): Promise<string> {
    this.#issuer ??= fetchIssuer(this.#settings).catch((error: unknown) => {
      this.#issuer = undefined;
      throw error;
    });
    return this.#issuer;
  }
}

/** The issuer of any directory is a template. */
function issuerOf(template: string, tid: string): string {
  return template.replace('{tenantid}', tid);
}

/** Returns the directory that an issuer names; undefined for the template of all. */
function tenantIn(issuer: string): string | undefined {
  return guid.safeParse(new URL(issuer).pathname.split('/')[1]).data;
}

async function fetchIssuer({ loginUrl, tenantId }: IdTokenSettings): Promise<string> {
  const url = `${loginUrl}/${tenantId}/v2.0/.well-known/openid-configuration`;
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(requestLimitMs) });
    if (!response.ok) throw new TryLaterError(`status_${response.status}`);
    return metadataSchema.parse(await response.json()).issuer;
  } catch (error) {
    throw error instanceof TryLaterError ? error : new TryLaterError('no_openid_configuration');
  }
}

/** No `cause`: jose's errors carry the claims. */
function translate(error: unknown): Error {
  if (isAboutTime(error)) return new GrantDeadError('clock_differs');
  const isAboutToken =
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JOSEAlgNotAllowed;
  return isAboutToken ? new GrantDeadError('unusable_id_token') : new TryLaterError('keys_unavailable');
}

/** A token that was just issued is expired or not valid yet only for a clock that is wrong. */
function isAboutTime(error: unknown): boolean {
  if (error instanceof errors.JWTExpired) return true;
  return error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf' && error.reason === 'check_failed';
}
