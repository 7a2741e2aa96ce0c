import { AuthError, InteractionRequiredAuthError } from '@azure/msal-node';
import { GrantDeadError, MicrosoftRefusedError, TryLaterError } from './errors.ts';
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
 * `cause` is kept; only the short code stays. What is no failure of MSAL's is returned as it is.
 */
export function translateMsalError(error: unknown): unknown {
  if (!(error instanceof AuthError)) return error;
  if (error instanceof LoginUnavailableError) return new TryLaterError(error.errorCode, error.retryAfterMs);
  const { errorCode, subError } = error;
  if (error instanceof InteractionRequiredAuthError) return new GrantDeadError(asCode(subError || errorCode));
  return deadCodes.has(errorCode) ? new GrantDeadError(errorCode) : new MicrosoftRefusedError(asCode(errorCode));
}

/** A code is a short word; anything else could be a text that quotes something. */
function asCode(text: string): string {
  return /^[a-z_]{1,60}$/i.test(text) ? text : 'unknown';
}
