import { EntraFailure } from './failure.ts';

interface Refusal {
  readonly error: string;
  readonly message: string;
  readonly suberror?: string;
  readonly status?: number;
  /** On the authorize page: Entra ID says it there, and the browser does not come back. */
  readonly staysOnPage?: boolean;
}

/** Entra ID's refusals by their AADSTS numbers: what the token endpoint answers, and where the browser learns of it. */
const refusals: Readonly<Record<number, Refusal>> = {
  7000215: { error: 'invalid_client', message: 'Invalid client secret provided.', status: 401 },
  7000222: { error: 'invalid_client', message: 'The provided client secret keys are expired.', status: 401 },
  7000218: {
    error: 'invalid_client',
    message: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    status: 401,
  },
  700025: {
    error: 'invalid_client',
    message: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    status: 401,
  },
  700027: { error: 'invalid_client', message: 'Client assertion failed signature validation.', status: 401 },
  53003: {
    error: 'invalid_grant',
    message: 'Access has been blocked by Conditional Access policies.',
    suberror: 'message_only',
    staysOnPage: true,
  },
  530003: {
    error: 'invalid_grant',
    message: 'Your device is required to be managed to access this resource.',
    suberror: 'message_only',
    staysOnPage: true,
  },
  50076: {
    error: 'invalid_grant',
    message: 'Due to a configuration change, you must use multi-factor authentication.',
    suberror: 'basic_action',
  },
  50079: {
    error: 'invalid_grant',
    message: 'Due to a configuration change, you must enroll in multi-factor authentication.',
    suberror: 'basic_action',
  },
  65001: {
    error: 'invalid_grant',
    message: 'The user or administrator has not consented to use the application.',
    suberror: 'consent_required',
  },
  90094: { error: 'access_denied', message: 'An administrator must consent to the permissions that the app asks for.' },
  50105: {
    error: 'invalid_grant',
    message: 'The signed in user is not assigned to a role for the application.',
    staysOnPage: true,
  },
  50034: { error: 'invalid_grant', message: 'The user account does not exist in the directory.' },
  50057: { error: 'invalid_grant', message: 'The user account is disabled.' },
  70008: { error: 'invalid_grant', message: 'The refresh token has expired due to inactivity.' },
  7000112: { error: 'unauthorized_client', message: 'The application is disabled.', staysOnPage: true },
  65004: { error: 'access_denied', message: 'User declined to consent to access the app.' },
  700016: {
    error: 'unauthorized_client',
    message: 'The application was not found in the directory.',
    staysOnPage: true,
  },
  650052: {
    error: 'invalid_client',
    message: 'The app needs access to a service that your organization has not subscribed to or enabled.',
    staysOnPage: true,
  },
};

export const refusalNumbers: readonly number[] = Object.keys(refusals).map(Number);

/** The answer of the token endpoint. An unknown number is an `invalid_grant`. */
export function refusalOf(aadsts: number): EntraFailure {
  const { error, message, suberror, status } = refusals[aadsts] ?? { error: 'invalid_grant', message: 'Refused.' };
  return new EntraFailure(error, aadsts, message, { ...(status === undefined ? {} : { status }), suberror });
}

/** True when the browser stays on Entra ID's page, so that the app never hears of it. */
export function staysOnPage(aadsts: number): boolean {
  return refusals[aadsts]?.staysOnPage ?? false;
}
