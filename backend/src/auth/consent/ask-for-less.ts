import { aadstsIn, reasonOf } from '../microsoft/entra-reasons.ts';
import type { ILoginState } from '../../models/index.ts';

/** Refusals that may be about one permission alone; 65004 comes also when somebody leaves the page that names an admin. */
const consentCodes = new Set(['consent_required', 'admin_consent_required', 'access_denied']);

/** Tells if a refusal by this code ends when an administrator consents. */
export function isAboutConsent(code: string): boolean {
  return consentCodes.has(code);
}

/**
 * Tells if a sign-in that Microsoft refused is to be tried once more, without the permissions that everything else works
 * without: an organization may have consented to the others.
 */
export function mayAskForLess(
  { onlyRequired = false }: Pick<ILoginState, 'onlyRequired'>,
  { error, errorDescription }: { readonly error?: string; readonly errorDescription?: string },
): boolean {
  if (onlyRequired || error === undefined) return false;
  const reason = reasonOf(aadstsIn(errorDescription));
  return isAboutConsent(reason?.code ?? '');
}
