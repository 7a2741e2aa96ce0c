import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import { clickedField, consentPage, errorPage } from './consent-page.ts';
import { consumersTenant } from './discovery.ts';
import type { Grants } from './grants.ts';
import { type AppRegistration, refuseClient } from './registration.ts';
import { redirect } from './redirect.ts';
import { refusalOf, staysOnPage } from './refusals.ts';
import { needsAdmin, parseScopes } from './scopes.ts';
import type { SignIn } from './sign-in.ts';

export interface AuthorizeParts {
  readonly app: AppRegistration;
  readonly grants: Grants;
  readonly signIn: SignIn;
}

/** GET /{tenant}/oauth2/v2.0/authorize: a redirect with a code or an error, or the consent page. */
export function authorize(parts: AuthorizeParts, request: EmulatorRequest, tenant: string): EmulatorReply {
  const { query } = request;
  const redirectUri = query.get('redirect_uri') ?? '';
  const refusal = refuseClient(parts.app, query);
  if (refusal !== undefined) return { status: 400, body: errorPage(...refusal) };
  const invalid = invalidRequest(parts.app, query);
  if (invalid !== undefined) return redirect(query, { error: 'invalid_request', error_description: invalid });

  const scope = query.get('scope') ?? '';
  const { resourceScopes, openidScopes } = parseScopes(scope, request.origin);
  const answer = parts.signIn.answer({
    tenant,
    loginHint: query.get('login_hint') ?? undefined,
    clicked: query.get(clickedField) ?? undefined,
  });
  if (answer.kind === 'deny') return redirect(query, denied());
  if (answer.kind === 'ask') return ask(query, answer.people, [...openidScopes, ...resourceScopes]);
  if (
    parts.signIn.needsAdmin &&
    needsAdmin(resourceScopes) &&
    !parts.grants.isConsentedFor(answer.person.tid, resourceScopes)
  )
    return refuseSignIn(query, 90094);
  if (answer.person.tid === consumersTenant && resourceScopes.includes('.default')) {
    const description = "AADSTS70011: The provided value for the input parameter 'scope' is not valid.";
    return redirect(query, { error: 'invalid_scope', error_description: description });
  }
  parts.grants.consent(answer.person, resourceScopes);
  const code = parts.grants.addCode({
    person: answer.person,
    redirectUri,
    scope,
    nonce: query.get('nonce') ?? undefined,
    authAgeMs: authAge(query, parts.signIn),
    challenge: query.get('code_challenge') ?? undefined,
  });
  return redirect(query, { code, session_state: crypto.randomUUID() });
}

/** How long ago the person signed in at Entra ID, if the app asks for it; undefined otherwise. */
function authAge(query: URLSearchParams, { sessionAgeMs }: SignIn): number | undefined {
  if (query.get('claims')?.includes('"auth_time"') !== true) return undefined;
  return query.get('prompt') === 'login' ? 0 : sessionAgeMs;
}

/** A refusal by its number: on Entra ID's own page, or back at the app. */
export function refuseSignIn(query: URLSearchParams, aadsts: number): EmulatorReply {
  const { error, message } = refusalOf(aadsts);
  if (staysOnPage(aadsts)) return { status: 200, body: errorPage(aadsts, message) };
  return redirect(query, { error, error_description: `AADSTS${aadsts}: ${message}` });
}

function invalidRequest({ isPublic }: AppRegistration, query: URLSearchParams): string | undefined {
  if (query.get('response_type') !== 'code') return 'AADSTS900971: response_type must be code.';
  if ((query.get('scope') ?? '') === '') return "AADSTS900144: The request must contain the parameter 'scope'.";
  if (query.has('code_challenge') && query.get('code_challenge_method') !== 'S256') {
    return 'AADSTS501491: code_challenge_method must be S256.';
  }
  if (isPublic && !query.has('code_challenge')) return 'AADSTS9002325: Proof Key for Code Exchange is required.';
  return undefined;
}

function ask(
  query: URLSearchParams,
  people: Parameters<typeof consentPage>[0]['people'],
  scopes: readonly string[],
): EmulatorReply {
  if (query.get('prompt') === 'none') {
    return redirect(query, {
      error: 'login_required',
      error_description: 'AADSTS50058: A silent sign-in request was sent but no user is signed in.',
    });
  }
  return { status: 200, body: consentPage({ query, people, scopes }) };
}

function denied(): Record<string, string> {
  return { error: 'access_denied', error_description: 'AADSTS65004: User declined to consent to access the app.' };
}
