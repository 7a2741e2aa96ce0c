/** Who can do something about a refusal: the person, an administrator of their organization, or who runs this service. */
type Actor = 'person' | 'organization' | 'operator';

/** A refusal of Entra ID in our words. */
export interface EntraReason {
  readonly code: string;
  readonly status: 400 | 403 | 502;
  readonly actor: Actor;
  /** To the person who signs in: what happened, and what to do. */
  readonly message: string;
}

function reason(code: string, status: EntraReason['status'], actor: Actor, message: string): EntraReason {
  return { code, status, actor, message };
}

const secretWrong = reason(
  'client_secret_wrong',
  502,
  'operator',
  'Microsoft refuses the client secret of this service: an admin must set MICROSOFT_CLIENT_SECRET to the value of a secret in the app registration',
);
const secretExpired = reason(
  'client_secret_expired',
  502,
  'operator',
  'The client secret of this service has expired: an admin must create a new one in the app registration and set MICROSOFT_CLIENT_SECRET',
);
const certificateWrong = reason(
  'client_certificate_wrong',
  502,
  'operator',
  'Microsoft refuses the certificate of this service: an admin must upload the file of MICROSOFT_CLIENT_CERTIFICATE_FILE to the app registration (Certificates & secrets), or make a new one if it has expired',
);
const notPublic = reason(
  'public_client_refused',
  502,
  'operator',
  'Microsoft expects a secret or a certificate of this service: an admin must set “Allow public client flows” to Yes and register the redirect address under “Mobile and desktop applications” (Authentication), or set MICROSOFT_CLIENT_SECRET',
);
const isPublic = reason(
  'client_secret_refused',
  502,
  'operator',
  'Microsoft takes this service for a public client, which has no secret and no certificate: an admin must set MICROSOFT_CLIENT_TYPE=public, or register the redirect address under the platform “Web”',
);
const appUnknown = reason(
  'app_unknown',
  502,
  'operator',
  'Microsoft does not know this service in your directory, or it is disabled there: an admin must check MICROSOFT_CLIENT_ID and MICROSOFT_TENANT_ID, and that the app is enabled for users to sign in',
);
const conditionalAccess = reason(
  'conditional_access',
  403,
  'organization',
  'A conditional access policy of your organization blocks MSEDB, for this device or for the address of its server: an administrator of your organization must allow it; signing in again does not help',
);
const mfaRequired = reason(
  'mfa_required',
  400,
  'person',
  'Your organization requires multi-factor authentication: sign in again and complete it',
);
const consentMissing = reason(
  'consent_required',
  403,
  'person',
  'MSEDB lacks permissions that were not granted or were withdrawn: sign in again and accept them; if you cannot, send the link in details.adminConsentUrl to an administrator of your organization, who grants them there for everybody',
);
const adminConsent = reason(
  'admin_consent_required',
  403,
  'organization',
  'Your organization lets only an administrator grant the permissions that MSEDB needs: an administrator must open the link in details.adminConsentUrl (also at GET /api/setup) and accept; signing in again does not help until then',
);
const notAssigned = reason(
  'not_assigned',
  403,
  'organization',
  'Your organization allows MSEDB only for assigned users: an administrator must assign you to the app under "Enterprise applications"; signing in again does not help until then',
);
const declined = reason(
  'access_denied',
  403,
  'person',
  'The permissions were not granted, or the window was closed: sign in again and accept them; if a policy of your organization does not let you, send the link in details.adminConsentUrl to an administrator of it',
);
const accountGone = reason(
  'account_gone',
  403,
  'organization',
  'Microsoft says that this account does not exist any more or is disabled: ask an administrator of your organization',
);

/** Entra ID's numbers (AADSTS…), from https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const reasons: ReadonlyMap<number, EntraReason> = new Map([
  [7_000_215, secretWrong],
  [7_000_222, secretExpired],
  [700_027, certificateWrong],
  [7_000_218, notPublic],
  [700_025, isPublic],
  [700_016, appUnknown],
  [650_052, appUnknown],
  [7_000_112, appUnknown],
  [53_000, conditionalAccess],
  [53_001, conditionalAccess],
  [53_002, conditionalAccess],
  [53_003, conditionalAccess],
  [530_003, conditionalAccess],
  [50_074, mfaRequired],
  [50_076, mfaRequired],
  [50_079, mfaRequired],
  [65_001, consentMissing],
  [90_093, adminConsent],
  [90_094, adminConsent],
  [50_105, notAssigned],
  [65_004, declined],
  [50_034, accountGone],
  [50_057, accountGone],
]);

/** Refusals by policy: the grant at hand may be good, and works again once the policy has changed. */
const blockingCodes = new Set([conditionalAccess.code, notAssigned.code]);

/** Returns what a number of Entra ID means; undefined for one that is not known, or none. */
export function reasonOf(aadsts: number | undefined): EntraReason | undefined {
  return aadsts === undefined ? undefined : reasons.get(aadsts);
}

/** Tells if a refusal ends by itself once an administrator of the organization has acted. */
export function isBlockedByPolicy(aadsts: number | undefined): boolean {
  return blockingCodes.has(reasonOf(aadsts)?.code ?? '');
}

/** Returns the number in a text of Entra ID; nothing else of it is used, because it names accounts. */
export function aadstsIn(text: string | undefined): number | undefined {
  const digits = /\bAADSTS(\d{4,9})\b/.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Returns an error number as MSAL gives it: a text of digits. */
export function aadstsOf(errorNo: string | undefined): number | undefined {
  return errorNo !== undefined && /^\d{4,9}$/.test(errorNo) ? Number(errorNo) : undefined;
}

/** Returns the number in brackets after a text, as in "Sign in again (AADSTS50076)". */
export function withNumber(text: string, aadsts: number | undefined): string {
  return aadsts === undefined ? text : `${text} (AADSTS${aadsts})`;
}
