import { AuthError, InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import { aadstsIn, aadstsOf, isBlockedByPolicy, reasonOf, withNumber } from './entra-reasons.ts';
import { AccessBlockedError, GrantDeadError, MicrosoftRefusedError, TryLaterError } from '../errors.ts';
import { LoginUnavailableError } from './login-network.ts';

/** Codes that mean "the person must sign in again", whatever class they arrive in. */
const deadCodes = new Set([
  'invalid_grant',
  'no_tokens_found',
  'no_account_found',
  'no_account_in_silent_request',
  'refresh_token_expired',
]);

/**
 * MSAL's failure as one of ours. Its messages quote Microsoft's, which name accounts, so they are dropped, and no
 * `cause` is kept; only the short code and Entra ID's number stay. What is no failure of MSAL's is returned as it is.
 */
export function translateMsalError(error: unknown): unknown {
  if (!(error instanceof AuthError)) return error;
  if (error instanceof LoginUnavailableError) return new TryLaterError(error.errorCode, error.retryAfterMs);
  const { errorCode, subError } = error;
  const aadsts = numberOf(error);
  const known = reasonOf(aadsts);
  const message = known === undefined ? undefined : withNumber(known.message, aadsts);
  if (isBlockedByPolicy(aadsts)) return new AccessBlockedError(known?.code ?? asCode(errorCode), aadsts, message);
  if (known?.actor === 'operator') return new MicrosoftRefusedError(known.code, aadsts, message);
  if (error instanceof InteractionRequiredAuthError) return new GrantDeadError(asCode(subError || errorCode), aadsts);
  return deadCodes.has(errorCode)
    ? new GrantDeadError(errorCode, aadsts)
    : new MicrosoftRefusedError(asCode(errorCode), aadsts);
}

/** Tells if Microsoft refuses a token because a permission in the request is not consented to. */
export function isConsentMissing(error: unknown): boolean {
  if (!(error instanceof AuthError)) return false;
  return error.subError === 'consent_required' || reasonOf(numberOf(error))?.code === 'consent_required';
}

/** MSAL gives the number by itself in most cases, and otherwise in its text. */
function numberOf(error: AuthError): number | undefined {
  const hasNumber = error instanceof ServerError || error instanceof InteractionRequiredAuthError;
  return (hasNumber ? aadstsOf(error.errorNo) : undefined) ?? aadstsIn(error.errorMessage);
}

/** A code is a short word; anything else could be a text that quotes something. */
function asCode(text: string): string {
  return /^[a-z_]{1,60}$/i.test(text) ? text : 'unknown';
}
