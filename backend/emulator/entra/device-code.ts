import { randomBytes, randomInt } from 'node:crypto';
import type { EmulatorClock } from '../clock.ts';
import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import type { Person } from '../people.ts';
import { clickedField, consentPage, signedOutPage } from './consent-page.ts';
import { EntraFailure } from './failure.ts';
import type { Grants } from './grants.ts';
import { refusalOf } from './refusals.ts';
import { needsAdmin, parseScopes } from './scopes.ts';
import type { SignIn } from './sign-in.ts';

/** By the name of RFC 8628, or by the short one that msal-node sends. */
const deviceGrants: ReadonlySet<string> = new Set(['urn:ietf:params:oauth:grant-type:device_code', 'device_code']);
const lifetimeSeconds = 900;
const intervalSeconds = 1;
/** RFC 8628, section 3.5: slow_down adds 5 s to the interval. */
const slowDownMs = 5_000;

interface Pending {
  readonly tenant: string;
  readonly scope: string;
  readonly userCode: string;
  readonly expiresAtMs: number;
  /** An address, or deny. */
  clicked: string | undefined;
  polls: number;
  readonly codesOf: number;
  /** Questions before it are too many; epoch milliseconds. */
  notBeforeMs: number;
}

interface DeviceParts {
  readonly grants: Grants;
  readonly signIn: SignIn;
  readonly clock: EmulatorClock;
}

/** Tells if a grant is the redemption of a device code. */
export function isDeviceGrant(grantType: string): boolean {
  return deviceGrants.has(grantType);
}

/** Sign-ins by device code that wait for somebody to enter the code. */
export class DeviceCodes {
  readonly #parts: DeviceParts;
  readonly #pending = new Map<string, Pending>();

  constructor(parts: DeviceParts) {
    this.#parts = parts;
  }

  /** The answer of /{tenant}/oauth2/v2.0/devicecode. */
  begin(tenant: string, scope: string, origin: string): EmulatorReply {
    const deviceCode = randomBytes(48).toString('base64url');
    const userCode = Array.from({ length: 9 }, () => String.fromCodePoint(65 + randomInt(26))).join('');
    const expiresAtMs = this.#parts.clock.now() + lifetimeSeconds * 1_000;
    this.#pending.set(deviceCode, {
      tenant,
      scope,
      userCode,
      expiresAtMs,
      clicked: undefined,
      polls: 0,
      codesOf: this.#parts.signIn.deviceCodesOf,
      notBeforeMs: 0,
    });
    const uri = `${origin}/${tenant}/oauth2/deviceauth`;
    return {
      status: 200,
      body: {
        user_code: userCode,
        device_code: deviceCode,
        verification_uri: uri,
        expires_in: lifetimeSeconds,
        interval: intervalSeconds,
        message: `To sign in, open ${uri} and enter the code ${userCode} to authenticate.`,
      },
    };
  }

  /** The page where a person enters the code, and says who they are: `user_code` in the query. */
  page({ query, origin }: EmulatorRequest): EmulatorReply {
    const userCode = query.get('user_code')?.toUpperCase();
    const pending = [...this.#pending.values()].find((one) => one.userCode === userCode);
    if (pending === undefined)
      return { status: 200, body: '<form><input name="user_code"><button>Next</button></form>' };
    const clicked = query.get(clickedField);
    if (clicked !== null) {
      pending.clicked = clicked;
      return { status: 200, body: signedOutPage() };
    }
    const { resourceScopes } = parseScopes(pending.scope, origin);
    const answer = this.#parts.signIn.answer({ tenant: pending.tenant, loginHint: undefined, clicked: undefined });
    const people = answer.kind === 'ask' ? answer.people : [];
    return { status: 200, body: consentPage({ query, people, scopes: resourceScopes }) };
  }

  /**
   * Who signed in, once. In consent mode auto they do so by themselves after the first question.
   * @throws EntraFailure `authorization_pending`, `slow_down`, `authorization_declined`, `expired_token`, `bad_verification_code`
   */
  redeem(deviceCode: string, origin: string): { readonly person: Person; readonly scope: string } {
    const pending = this.#pending.get(deviceCode);
    if (pending === undefined) throw new EntraFailure('bad_verification_code', 70019, 'The verification code expired.');
    const { clock, signIn } = this.#parts;
    if (clock.now() > pending.expiresAtMs || pending.codesOf !== signIn.deviceCodesOf) {
      this.#pending.delete(deviceCode);
      throw new EntraFailure('expired_token', 70020, 'The device code has expired.');
    }
    if (signIn.takeSlowDown() || clock.now() < pending.notBeforeMs) {
      pending.notBeforeMs = clock.now() + slowDownMs;
      throw new EntraFailure('slow_down', 70016, 'OAuth 2.0 device flow error. Polling too often.');
    }
    pending.polls += 1;
    const { tenant, clicked, scope } = pending;
    const isAsked = pending.polls > 1 || clicked !== undefined;
    const answer = isAsked ? this.#parts.signIn.answer({ tenant, loginHint: undefined, clicked }) : undefined;
    if (answer === undefined || answer.kind === 'ask') {
      throw new EntraFailure('authorization_pending', 70016, 'OAuth 2.0 device flow error. Authorization is pending.');
    }
    this.#pending.delete(deviceCode);
    if (answer.kind === 'deny') throw new EntraFailure('authorization_declined', 65004, 'User declined to consent.');
    this.#consent(answer.person, scope, origin);
    return { person: answer.person, scope };
  }

  #consent(person: Person, scope: string, origin: string): void {
    const { grants, signIn } = this.#parts;
    const { resourceScopes } = parseScopes(scope, origin);
    const isRefused = signIn.needsAdmin && needsAdmin(resourceScopes);
    if (isRefused && !grants.isConsentedFor(person.tid, resourceScopes)) throw refusalOf(90094);
    grants.consent(person, resourceScopes);
  }
}
