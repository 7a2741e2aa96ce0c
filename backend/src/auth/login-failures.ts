import { AppError } from '../lib/errors.ts';
import { GrantDeadError, MicrosoftRefusedError, TryLaterError } from './errors.ts';

/** Microsoft's words for why it sent a browser back without a code (OpenID Connect Core 3.1.2.6, RFC 6749 4.1.2.1). */
const refusals: Readonly<Record<string, { status: number; code: string; message: string }>> = {
  access_denied: {
    status: 403,
    code: 'access_denied',
    message: 'The permissions were not granted: sign in again and accept them',
  },
  consent_required: {
    status: 403,
    code: 'consent_required',
    message: 'MSEDB needs permissions that were not granted: ask an administrator of your organization',
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

/** What a browser that came back without a code is told. @param error Microsoft's word, which may be anything */
export function refusalFor(error = '', options: ErrorOptions = {}): AppError {
  const known = Object.hasOwn(refusals, error) ? refusals[error] : undefined;
  if (known !== undefined) return new AppError(known.status, known.code, known.message, options);
  return new AppError(
    502,
    'microsoft_refused',
    'Microsoft refused the sign-in: try again, or ask an admin of this service',
    options,
  );
}

/** Failures of a code that a second sign-in heals: it was too old, used, or begun elsewhere. */
const staleCode = new Set(['invalid_grant', 'nonce_mismatch']);

/** What a browser is told when its code could not be turned into tokens. */
export function redeemFailure(error: unknown): unknown {
  if (error instanceof GrantDeadError || error instanceof MicrosoftRefusedError) {
    return refusalFor(staleCode.has(error.reason) ? 'login_required' : error.reason, { cause: error });
  }
  return error instanceof TryLaterError ? refusalFor('temporarily_unavailable', { cause: error }) : error;
}
