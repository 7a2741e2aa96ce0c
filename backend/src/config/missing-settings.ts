import type { Config } from './env.ts';

/** The ways in which the application proves itself: one of them is needed. */
export const clientProofSettings =
  'MICROSOFT_CLIENT_SECRET (or MICROSOFT_CLIENT_CERTIFICATE_FILE with MICROSOFT_CLIENT_KEY_FILE, or MICROSOFT_CLIENT_TYPE=public)';

/** Returns the names of the settings without which nobody can sign in. */
export function missingForSignIn({ microsoft, encryptionKeys }: Config): string[] {
  if (microsoft !== undefined) return [];
  const ofMicrosoft = ['MICROSOFT_CLIENT_ID', clientProofSettings];
  return encryptionKeys === undefined ? [...ofMicrosoft, 'ENCRYPTION_KEYS'] : ofMicrosoft;
}
