import { AppError } from '../../lib/errors.ts';
import { reasonOf, withNumber } from '../microsoft/entra-reasons.ts';
import { GrantDeadError, MicrosoftRefusedError, TryLaterError } from '../errors.ts';

/** Microsoft's words for why it sent a browser back without a code (OpenID Connect Core 3.1.2.6, RFC 6749 4.1.2.1). */
const refusals: Readonly<Record<string, { status: number; code: string; message: string }>> = {
  access_denied: {
    status: 403,
    code: 'access_denied',
    message:
      'The permissions were not granted, or the window was closed: sign in again and accept them; if a policy of your organization does not let you, send the link in details.adminConsentUrl to an administrator of it',
  },
  consent_required: {
    status: 403,
    code: 'consent_required',
    message:
      'MSEDB needs permissions that were not granted: send the link in details.adminConsentUrl to an administrator of your organization',
  },
  interaction_required: {
    status: 400,
    code: 'sign_in_again',
    message: 'Microsoft requires a new sign-in: sign in again',
  },
  login_required: { status: 400, code: 'sign_in_again', message: 'Microsoft requires a new sign-in: sign in again' },
  temporarily_unavailable: {
    status: 503,
    code: 'microsoft_unavailable',
    message: 'Microsoft is unavailable at the moment: try again later',
  },
  server_error: {
    status: 503,
    code: 'microsoft_unavailable',
    message: 'Microsoft is unavailable at the moment: try again later',
  },
};

/** Entra ID and MSAL have a word each for it. */
const deviceCodeExpired = {
  status: 400,
  code: 'device_code_expired',
  message: 'The code was not entered in time: begin again',
};

/** Refusals of ours, which Microsoft has no word for. */
const ownRefusals: typeof refusals = {
  wrong_tenant: {
    status: 403,
    code: 'wrong_tenant',
    message:
      'This service is for accounts of one organization, and this account belongs to another: choose another account',
  },
  expired_token: deviceCodeExpired,
  device_code_expired: deviceCodeExpired,
  clock_differs: {
    status: 502,
    code: 'clock_differs',
    message:
      'The clocks of this service and of Microsoft differ by more than 5 minutes: an admin must set the clock of the server',
  },
  unusable_id_token: {
    status: 502,
    code: 'unusable_id_token',
    message:
      'Microsoft did not say in a way that can be verified who signed in: try again, or ask an admin of this service',
  },
};

/**
 * Returns the error for a browser that came back without a code.
 * @param error from Microsoft; may be any text
 * @param aadsts Entra ID's number for it, which says more
 */
export function refusalFor(error = '', aadsts?: number, options: ErrorOptions = {}): AppError {
  const reason = reasonOf(aadsts);
  if (reason !== undefined)
    return new AppError(reason.status, reason.code, withNumber(reason.message, aadsts), options);
  const all = { ...refusals, ...ownRefusals };
  const known = Object.hasOwn(all, error) ? all[error] : undefined;
  if (known !== undefined) return new AppError(known.status, known.code, withNumber(known.message, aadsts), options);
  const message = 'Microsoft refused the sign-in: try again, or ask an admin of this service';
  return new AppError(502, 'microsoft_refused', withNumber(message, aadsts), options);
}

/** Failures of a code that a second sign-in heals: it was too old, used, or begun elsewhere. */
const staleCode = new Set(['invalid_grant', 'nonce_mismatch']);

/** Returns the error for a browser whose code could not be redeemed for tokens. */
export function redeemFailure(error: unknown): unknown {
  if (error instanceof GrantDeadError || error instanceof MicrosoftRefusedError) {
    const word = staleCode.has(error.reason) ? 'login_required' : error.reason;
    return refusalFor(word, error.aadsts, { cause: error });
  }
  return error instanceof TryLaterError ? refusalFor('temporarily_unavailable', undefined, { cause: error }) : error;
}
