import type { Types } from 'mongoose';
import type { Clock } from '../../lib/clock.ts';
import { equalInConstantTime, randomId, sha256 } from '../../lib/crypto.ts';
import { AppError } from '../../lib/errors.ts';
import type { MailAccess } from '../../models/fields/mail-access.ts';
import { type ILoginState, LoginState } from '../../models/index.ts';

const lifeMs = 10 * 60_000;

/** Whoever began it: a browser, and for connecting a mailbox a session of a user in it. */
export type Begun = BegunInBrowser &
  (
    | { readonly purpose: 'sign-in'; readonly prompt?: 'login' }
    | {
        readonly purpose: 'connect';
        readonly sessionId: string;
        readonly userId: Types.ObjectId;
        readonly mailboxId?: string;
      }
  );

export interface BegunInBrowser {
  readonly browserBinding: string;
  readonly access: MailAccess;
  /** True when the person has named the access. */
  readonly isAccessChosen: boolean;
  readonly returnTo?: string;
  readonly loginHint?: string;
  /** True to ask only for the permissions that nothing works without. */
  readonly onlyRequired?: boolean;
}

/** The values that travel through the browser, and those kept for its return. */
export interface LoginSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Writes down that a sign-in was begun. @returns its fresh secrets; of the state only a hash is stored */
export async function rememberLogin(begun: Begun, clock: Clock): Promise<LoginSecrets> {
  const secrets = { state: randomId(), nonce: randomId(), codeVerifier: randomId() };
  const { state, ...kept } = secrets;
  await LoginState.create({
    ...kept,
    stateHash: sha256(state),
    purpose: begun.purpose,
    access: begun.access,
    isAccessChosen: begun.isAccessChosen,
    bindingHash: sha256(begun.browserBinding),
    expiresAt: new Date(clock() + lifeMs),
    ...(begun.purpose === 'connect' ? { sessionHash: sha256(begun.sessionId), userId: begun.userId } : {}),
    ...(begun.purpose === 'connect' && begun.mailboxId !== undefined ? { mailboxId: begun.mailboxId } : {}),
    ...(begun.loginHint === undefined ? {} : { loginHint: begun.loginHint }),
    ...(begun.onlyRequired === undefined ? {} : { onlyRequired: begun.onlyRequired }),
    ...(begun.purpose === 'sign-in' && begun.prompt !== undefined ? { prompt: begun.prompt } : {}),
    ...(begun.returnTo === undefined ? {} : { returnTo: begun.returnTo }),
  });
  return secrets;
}

/** The values that a browser brings back from Microsoft. */
export interface Comeback {
  readonly state: string;
  /** The value of its cookie. */
  readonly browserBinding: string | undefined;
  readonly sessionId: string | undefined;
}

/**
 * Takes back what was written down, once: whatever follows, the state is used up.
 * @throws AppError 400 login_state_unknown (also for one that was used or has expired), 403 wrong_browser,
 *   403 wrong_session
 */
export async function takeLogin(comeback: Comeback, clock: Clock): Promise<ILoginState> {
  const login = await LoginState.findOneAndDelete({ stateHash: sha256(comeback.state) }).lean();
  if (login === null || login.expiresAt.getTime() <= clock()) {
    throw new AppError(400, 'login_state_unknown', 'This sign-in is already complete or has expired: start again');
  }
  if (!isBoundTo(login.bindingHash, comeback.browserBinding)) {
    throw new AppError(403, 'wrong_browser', 'This sign-in was started in another browser: start again in this one');
  }
  if (login.sessionHash !== undefined && !isBoundTo(login.sessionHash, comeback.sessionId)) {
    throw new AppError(403, 'wrong_session', 'Connecting this mailbox was started in another session: start again');
  }
  return login;
}

function isBoundTo(hash: string, value: string | undefined): boolean {
  return value !== undefined && equalInConstantTime(sha256(value), hash);
}
