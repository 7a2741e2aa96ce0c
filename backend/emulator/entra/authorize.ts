import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import { clickedField, consentPage, errorPage, formPostPage } from './consent-page.ts';
import type { Grants } from './grants.ts';
import { type AppRegistration, isRegistered } from './registration.ts';
import { parseScopes } from './scopes.ts';
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
  const refusal = refuse(parts.app, query, redirectUri);
  if (refusal !== undefined) return { status: 400, body: errorPage(...refusal) };
  const invalid = invalidRequest(query);
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
  parts.grants.consent(answer.person, resourceScopes);
  const code = parts.grants.addCode({
    person: answer.person,
    redirectUri,
    scope,
    nonce: query.get('nonce') ?? undefined,
    challenge: query.get('code_challenge') ?? undefined,
  });
  return redirect(query, { code, session_state: crypto.randomUUID() });
}

/** What must not be redirected: the address itself is in doubt. */
function refuse(app: AppRegistration, query: URLSearchParams, redirectUri: string): [number, string] | undefined {
  const clientId = query.get('client_id');
  if (clientId !== app.clientId)
    return [700016, `Application with identifier '${clientId}' was not found in the directory.`];
  if (!isRegistered(app, redirectUri)) {
    return [
      50011,
      `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured.`,
    ];
  }
  return undefined;
}

function invalidRequest(query: URLSearchParams): string | undefined {
  if (query.get('response_type') !== 'code') return 'AADSTS900971: response_type must be code.';
  if ((query.get('scope') ?? '') === '') return "AADSTS900144: The request must contain the parameter 'scope'.";
  if (query.has('code_challenge') && query.get('code_challenge_method') !== 'S256') {
    return 'AADSTS501491: code_challenge_method must be S256.';
  }
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

function redirect(query: URLSearchParams, answer: Readonly<Record<string, string>>): EmulatorReply {
  const redirectUri = query.get('redirect_uri') ?? '';
  const state = query.get('state');
  const fields = state === null ? answer : { ...answer, state };
  if (query.get('response_mode') === 'form_post') return { status: 200, body: formPostPage(redirectUri, fields) };
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return { status: 302, headers: { location: url.href, 'cache-control': 'no-store' } };
}
