import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import { guidOf } from '../ids.ts';
import type { AuthorizeParts } from './authorize.ts';
import { clickedField, consentPage, errorPage } from './consent-page.ts';
import { redirect } from './redirect.ts';
import { refuseClient } from './registration.ts';
import { parseScopes } from './scopes.ts';

/**
 * GET /{tenant}/v2.0/adminconsent: whoever signs in consents for the whole tenant. The browser comes back with
 * `admin_consent=True`, the tenant and the state, and without a code: nobody is signed in to the app. After a no it has
 * `admin_consent=True` as well, beside the error.
 */
export function adminConsent(parts: AuthorizeParts, request: EmulatorRequest, tenant: string): EmulatorReply {
  const { query } = request;
  const refusal = refuseClient(parts.app, query);
  if (refusal !== undefined) return { status: 400, body: errorPage(...refusal) };
  const scope = query.get('scope') ?? '';
  const { resourceScopes } = parseScopes(scope, request.origin);
  const clicked = query.get(clickedField) ?? undefined;
  const answer = parts.signIn.answer({ tenant, loginHint: undefined, clicked });
  if (answer.kind === 'ask') {
    return { status: 200, body: consentPage({ query, people: answer.people, scopes: resourceScopes }) };
  }
  if (answer.kind === 'deny') {
    return redirect(query, {
      admin_consent: 'True',
      error: 'access_denied',
      error_description: 'AADSTS65004: The resource owner or authorization server denied the request.',
    });
  }
  parts.grants.consentForTenant(answer.person.tid, resourceScopes);
  return redirect(query, { admin_consent: 'True', tenant: answer.person.tid, scope, session_state: guidOf(scope) });
}
