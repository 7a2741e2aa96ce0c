import { defined } from '../../lib/defined.ts';
import { secondMs } from '../../lib/durations.ts';
import type { ILoginState } from '../../models/index.ts';
import { type Begun, type BegunInBrowser, rememberLogin } from './login-state.ts';
import type { SignInDeps, SignInReturn } from './sign-in.ts';

/** Writes down that a browser goes to Microsoft. @returns the address */
export async function sendToMicrosoft(deps: SignInDeps, begun: Begun): Promise<string> {
  const { access, loginHint, onlyRequired } = begun;
  const prompt = begun.purpose === 'sign-in' ? begun.prompt : loginHint === undefined ? 'select_account' : undefined;
  return deps.microsoft.authorizationUrl({
    ...(await rememberLogin(begun, deps.clock)),
    access,
    ...(onlyRequired === true && { onlyRequired }),
    ...(loginHint !== undefined && { loginHint }),
    ...(prompt !== undefined && { prompt }),
  });
}

/** The same sign-in once more, in the browser that takeLogin has just checked. */
export function beginAgain(login: ILoginState, { browserBinding = '', sessionId = '' }: SignInReturn): Begun {
  const { purpose, userId, mailboxId, returnTo, loginHint, prompt, access = 'act', isAccessChosen = false } = login;
  const asked = { browserBinding, access, isAccessChosen, onlyRequired: true };
  const again = defined<BegunInBrowser>({ ...asked, returnTo, loginHint });
  return purpose === 'connect' && userId !== undefined
    ? { ...again, purpose, sessionId, userId, ...(mailboxId !== undefined && { mailboxId: mailboxId.toHexString() }) }
    : { ...again, purpose: 'sign-in', ...(prompt !== undefined && { prompt }) };
}

/** The same sign-in once more, for what is asked for when nobody has chosen. */
export function beginAsUsual(login: ILoginState, comeback: SignInReturn): Begun {
  return { ...beginAgain(login, comeback), access: 'act', onlyRequired: false };
}

/**
 * Returns when the person last proved who they are: as Microsoft says, else now if it was asked to demand it.
 * @returns undefined when Microsoft may have let them in without asking, because they were signed in there
 */
export function signedInAtOf({ prompt }: ILoginState, authTime: number | undefined, now: number): Date | undefined {
  if (authTime !== undefined) return new Date(Math.min(authTime * secondMs, now));
  return prompt === 'login' ? new Date(now) : undefined;
}
