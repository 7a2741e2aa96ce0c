import { clientProofSettings } from '../../lib/client-proof-settings.ts';
import { AppError } from '../../lib/errors.ts';
import type { SignInDeps } from './sign-in.ts';

/** @throws AppError 503 sign_in_not_set_up */
export function requireSetUp(signIn: SignInDeps | undefined): SignInDeps {
  if (signIn !== undefined) return signIn;
  throw new AppError(
    503,
    'sign_in_not_set_up',
    `Sign-in is not configured: set MICROSOFT_CLIENT_ID, ${clientProofSettings}, ENCRYPTION_KEYS, and ADMIN_EMAIL for the first admin`,
  );
}
