import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import { Router, param } from '../http/router.ts';
import { adminConsent } from './admin-consent.ts';
import { type AuthorizeParts, authorize, refuseSignIn } from './authorize.ts';
import { signedOutPage } from './consent-page.ts';
import { DeviceCodes } from './device-code.ts';
import { instanceDiscovery, issuerOf, openidConfiguration } from './discovery.ts';
import { EntraFailure, failureReply } from './failure.ts';
import { refusalOf } from './refusals.ts';
import { type TokenParts, beginDevice, issueTokens } from './token.ts';

export type EntraParts = AuthorizeParts & Omit<TokenParts, 'devices'>;

type EntraHandler = (request: EmulatorRequest, tenant: string) => Promise<EmulatorReply> | EmulatorReply;

/** The sign-in service: what it answers under /{tenant}/. */
export class Entra {
  readonly #parts: EntraParts;
  readonly #router: Router<EntraHandler>;

  constructor(parts: EntraParts) {
    this.#parts = parts;
    const devices = new DeviceCodes(parts);
    this.#router = new Router<EntraHandler>()
      .add('GET', '/:tenant/v2.0/.well-known/openid-configuration', ({ origin }, tenant) => ({
        status: 200,
        body: openidConfiguration(origin, tenant),
      }))
      .add('GET', '/:tenant/discovery/instance', ({ origin }, tenant) => ({
        status: 200,
        body: instanceDiscovery(origin, tenant),
      }))
      .add('GET', '/:tenant/discovery/v2.0/keys', ({ origin }) => ({
        status: 200,
        body: parts.keys.publicKeys(issuerOf(origin, '{tenantid}')),
      }))
      .add('GET', '/:tenant/oauth2/v2.0/authorize', (request, tenant) => authorize(parts, request, tenant))
      .add('GET', '/:tenant/v2.0/adminconsent', (request, tenant) => adminConsent(parts, request, tenant))
      .add('POST', '/:tenant/oauth2/v2.0/token', (request) => issueTokens({ ...parts, devices }, request))
      .add('POST', '/:tenant/oauth2/v2.0/devicecode', (request, tenant) =>
        beginDevice({ ...parts, devices }, request, tenant),
      )
      .add('GET', '/:tenant/oauth2/deviceauth', (request) => devices.page(request))
      .add('GET', '/:tenant/oauth2/v2.0/logout', (request) => logout(request));
  }

  knows(path: string): boolean {
    return this.#router.knows(path);
  }

  async handle(request: EmulatorRequest): Promise<EmulatorReply> {
    const match = this.#router.match(request.method, request.path);
    if (match === undefined) return { status: 405, body: { error: 'invalid_request' } };
    try {
      return await match.target(request, param(match.params, 'tenant'));
    } catch (error) {
      if (error instanceof EntraFailure) return failureReply(error, this.#parts.clock.now());
      throw error;
    }
  }

  /** A refusal by its AADSTS number: the browser's at the authorize page, JSON at the token endpoint. */
  refuse({ method, query }: EmulatorRequest, aadsts: number): EmulatorReply {
    return method === 'GET' ? refuseSignIn(query, aadsts) : failureReply(refusalOf(aadsts), this.#parts.clock.now());
  }

  /** Address of the person whose code or refresh token the request redeems, or who is hinted at. */
  mailboxOf({ body, query }: EmulatorRequest): string | undefined {
    const hint = query.get('login_hint');
    if (hint !== null) return hint;
    if (typeof body !== 'object' || body === null) return undefined;
    const redeems = Object.entries(body).find(([name]) => name === 'refresh_token' || name === 'code');
    return redeems === undefined ? undefined : this.#parts.grants.ownerOf(String(redeems[1]));
  }
}

function logout({ query }: EmulatorRequest): EmulatorReply {
  const returnTo = query.get('post_logout_redirect_uri');
  if (returnTo === null || !URL.canParse(returnTo)) return { status: 200, body: signedOutPage() };
  const url = new URL(returnTo);
  const state = query.get('state');
  if (state !== null) url.searchParams.set('state', state);
  return { status: 302, headers: { location: url.href } };
}
