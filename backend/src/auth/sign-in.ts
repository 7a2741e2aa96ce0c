import type { Types } from 'mongoose';
import type { Clock } from '../lib/clock.ts';
import { randomId } from '../lib/crypto.ts';
import { defined } from '../lib/defined.ts';
import { AppError } from '../lib/errors.ts';
import type { ILoginState } from '../models/index.ts';
import { redeemFailure, refusalFor } from './login-failures.ts';
import { type Begun, rememberLogin, takeLogin } from './login-state.ts';
import { connectMailbox } from './mailbox-connection.ts';
import type { Microsoft, Redeemed } from './msal.ts';
import { admitUser } from './registration.ts';
import { localPath } from './return-to.ts';
import { createSession, endSession, type NewSession, readSession } from './sessions.ts';
import type { TokenVault } from './token-vault.ts';

export interface SignInDeps {
  readonly microsoft: Microsoft;
  readonly vault: TokenVault;
  /** Who becomes the admin while there is none. */
  readonly adminEmail: string | undefined;
  readonly clock: Clock;
}

export interface SignInStart {
  readonly purpose: 'sign-in' | 'connect';
  /** What the browser's cookie holds from another start, if anything: several tabs can sign in side by side. */
  readonly browserBinding?: string;
  /** For connecting: the session in which it is asked for. */
  readonly sessionId?: string;
  /** Where the browser goes at the end: a path of this service. */
  readonly returnTo?: string;
  /** The address that Microsoft's page suggests. */
  readonly loginHint?: string;
}

export interface SignInRedirect {
  readonly url: string;
  /** To be kept in a cookie of this browser for 10 minutes. */
  readonly browserBinding: string;
}

export interface SignInReturn {
  readonly state: string;
  readonly code?: string;
  /** Microsoft's word for why there is no code. */
  readonly error?: string;
  readonly browserBinding?: string;
  readonly sessionId?: string;
}

export interface SignInResult {
  readonly purpose: 'sign-in' | 'connect';
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  /** For the cookie, after a sign-in: it takes the place of whatever session the browser had. */
  readonly session?: NewSession;
  readonly returnTo?: string;
}

/**
 * Begins the way to Microsoft and back: to sign in, or to connect a further mailbox to who is signed in.
 * @throws AppError 400 invalid_return_to, 401 not_signed_in
 */
export async function startSignIn(deps: SignInDeps, start: SignInStart): Promise<SignInRedirect> {
  const browserBinding = usableBinding(start.browserBinding) ?? randomId();
  const returnTo = start.returnTo === undefined ? {} : { returnTo: localPath(start.returnTo) };
  const begun: Begun =
    start.purpose === 'sign-in'
      ? { purpose: 'sign-in', browserBinding, ...returnTo }
      : { purpose: 'connect', browserBinding, ...(await requireSession(start.sessionId, deps.clock)), ...returnTo };
  const secrets = await rememberLogin(begun, deps.clock);
  const url = await deps.microsoft.authorizationUrl({
    ...secrets,
    ...(start.loginHint !== undefined && { loginHint: start.loginHint }),
    ...(start.purpose === 'connect' && start.loginHint === undefined ? { prompt: 'select_account' as const } : {}),
  });
  return { url, browserBinding };
}

/**
 * Ends it: checks that this browser began it, asks Microsoft who came, and connects their mailbox.
 * @throws AppError 400 login_state_unknown, sign_in_again; 403 wrong_browser, wrong_session, access_denied,
 *   consent_required, not_invited, user_deactivated; 502 microsoft_refused; 503 microsoft_unavailable
 */
export async function finishSignIn(deps: SignInDeps, comeback: SignInReturn): Promise<SignInResult> {
  const { state, code, error, browserBinding, sessionId } = comeback;
  const login = await takeLogin({ state, browserBinding, sessionId }, deps.clock);
  if (error !== undefined || code === undefined) throw refusalFor(error);
  const owner = login.purpose === 'connect' ? await requireSession(sessionId, deps.clock) : undefined;
  const redeemed = await redeem(deps, login, code);
  const userId = owner?.userId ?? (await admitUser(redeemed.account, deps.adminEmail))._id;
  const mailboxId = await connectMailbox(deps.vault, userId, redeemed);
  const { purpose, returnTo } = login;
  const session = purpose === 'sign-in' ? await replaceSession(userId, sessionId, deps.clock) : undefined;
  return defined<SignInResult>({ purpose, userId, mailboxId, session, returnTo });
}

async function redeem(deps: SignInDeps, { codeVerifier, nonce }: ILoginState, code: string): Promise<Redeemed> {
  try {
    return await deps.microsoft.redeemCode({ code, codeVerifier, nonce });
  } catch (error) {
    throw redeemFailure(error);
  }
}

/** A session id that was there before the sign-in never belongs to who has signed in. */
async function replaceSession(userId: Types.ObjectId, before: string | undefined, clock: Clock): Promise<NewSession> {
  if (before !== undefined) await endSession(before);
  return createSession(userId, clock);
}

async function requireSession(
  sessionId: string | undefined,
  clock: Clock,
): Promise<{ sessionId: string; userId: Types.ObjectId }> {
  const signedIn = sessionId === undefined ? undefined : await readSession(sessionId, clock);
  if (sessionId === undefined || signedIn === undefined)
    throw new AppError(401, 'not_signed_in', 'Not signed in: sign in first');
  return { sessionId, userId: signedIn.userId };
}

/** Only what this service could have given. */
function usableBinding(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w-]{43}$/.test(text) ? text : undefined;
}
