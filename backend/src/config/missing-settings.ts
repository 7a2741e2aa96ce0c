import { clientProofSettings } from '../lib/client-proof-settings.ts';
import type { Config } from './env.ts';

/** Returns the names of the settings without which nobody can sign in. */
export function missingForSignIn({ microsoft, encryptionKeys }: Config): string[] {
  if (microsoft !== undefined) return [];
  const ofMicrosoft = ['MICROSOFT_CLIENT_ID', clientProofSettings];
  return encryptionKeys === undefined ? [...ofMicrosoft, 'ENCRYPTION_KEYS'] : ofMicrosoft;
}
