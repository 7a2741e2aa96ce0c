import type { Caller } from '../http/authenticate.ts';
import { minuteMs } from '../lib/durations.ts';
import { AppError } from '../lib/errors.ts';

const recentMs = 5 * minuteMs;
const signIn = '/auth/login?prompt=login&returnTo=%2Fauth%2Fme';

/**
 * Lets a caller do what cannot be taken back only if they proved to Microsoft in the last five minutes who they are.
 * @throws AppError 403 recent_sign_in_needed; its details name the way to sign in
 */
export function requireRecentSignIn({ signedInAt }: Caller, now: number): void {
  if (signedInAt !== undefined && now - signedInAt.getTime() <= recentMs) return;
  throw new AppError(
    403,
    'recent_sign_in_needed',
    `This cannot be taken back, and needs a sign-in of the last five minutes: open ${signIn}, then repeat the request`,
    { details: { signIn } },
  );
}
