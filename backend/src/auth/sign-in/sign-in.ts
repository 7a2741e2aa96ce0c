import type { Types } from 'mongoose';
import type { Clock } from '../../lib/clock.ts';
import { randomId } from '../../lib/crypto.ts';
import { defined } from '../../lib/defined.ts';
import { AppError } from '../../lib/errors.ts';
import type { MailAccess } from '../../models/fields/mail-access.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import type { AdminConsent } from '../consent/admin-consent.ts';
import { isAboutConsent, mayAskForLess } from '../consent/ask-for-less.ts';
import { aadstsIn } from '../microsoft/entra-reasons.ts';
import { GrantDeadError, MicrosoftRefusedError } from '../errors.ts';
import { redeemFailure, refusalFor } from './login-failures.ts';
import { type Begun, takeLogin } from './login-state.ts';
import { beginAgain, beginAsUsual, sendToMicrosoft, signedInAtOf } from './authorization-redirect.ts';
import { connectMailbox, type Grant, renewOwnMailbox } from '../mailboxes/mailbox-connection.ts';
import { type AccountNames, describeAccount } from '../microsoft/microsoft-account.ts';
import type { Microsoft, Redeemed } from '../microsoft/msal.ts';
import type { ReportRefusal } from './refusals.ts';
import { admitUser } from '../registration.ts';
import { localPath } from './return-to.ts';
import { createSession, endSession, type NewSession, readSession } from '../sessions.ts';
import {
  type AccessDeps,
  askedAccess,
  followChoice,
  isLooking,
  lookFirst,
  requireSameAccount,
  wasLookRemembered,
} from './sign-in-access.ts';
import type { SignInOutcome, TellSignIn } from './sign-in-log.ts';
import type { TokenVault } from '../tokens/token-vault.ts';
import type { StoredUser } from '../users.ts';

export interface SignInDeps extends AccessDeps {
  readonly microsoft: Microsoft;
  /** The address of the person who becomes the admin while there is none. */
  readonly adminEmail: string | undefined;
  /** The id of their directory; undefined: the configured one. */
  readonly adminTenantId: string | undefined;
  /** Reads the names of the account that a token belongs to; undefined when Graph does not tell. */
  readonly readNames: (accessToken: string) => Promise<AccountNames | undefined>;
  readonly reportRefusal: ReportRefusal;
  readonly tellSignIn: TellSignIn;
  /** The link for administrators who consent for everybody. */
  readonly adminConsent: AdminConsent;
  readonly clock: Clock;
}

export interface SignInStart {
  readonly purpose: 'sign-in' | 'connect';
  /** The content of the browser's cookie from another start, if any: several tabs can sign in side by side. */
  readonly browserBinding?: string;
  /** For connecting: the session in which it is asked for. */
  readonly sessionId?: string;
  /** For connecting: the mailbox whose account must come back. */
  readonly mailboxId?: string;
  /** What mail is asked for; the default of this service when it is left out. */
  readonly access?: MailAccess;
  /** True when this browser remembers that its person has MSEDB only look: their consent to more is not asked for. */
  readonly isLookRemembered?: boolean;
  /** The path of this service that the browser goes to at the end. */
  readonly returnTo?: string;
  /** The address that Microsoft's page suggests. */
  readonly loginHint?: string;
  /** Has Microsoft ask the person anew, although they may be signed in there. */
  readonly prompt?: 'login';
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
  /** Microsoft's words for it; only the number in them is used. */
  readonly errorDescription?: string;
  readonly browserBinding?: string;
  readonly sessionId?: string;
  /** The browser's own words for itself. */
  readonly userAgent?: string;
}

export interface SignInResult {
  readonly purpose: 'sign-in' | 'connect';
  readonly userId: Types.ObjectId;
  /** The mailbox that was connected, or the person's own while it is; undefined when it is not. */
  readonly mailboxId?: Types.ObjectId;
  /** After a sign-in: if MSEDB only looks at that mailbox. The browser remembers it. */
  readonly isLooking?: boolean;
  /** For the cookie, after a sign-in: it takes the place of whatever session the browser had. */
  readonly session?: NewSession;
  readonly returnTo?: string;
}

/**
 * The browser goes back to Microsoft, and asks for other permissions: for those that are required when it refused all of
 * them together, or for the usual ones when the browser remembered another person.
 */
export interface AskedAgain {
  readonly continueAt: string;
}

/**
 * Begins the way to Microsoft and back: to sign in, or to connect a further mailbox to who is signed in.
 * @throws AppError 400 invalid_return_to, 401 not_signed_in, 403 look_only
 */
export async function startSignIn(deps: SignInDeps, start: SignInStart): Promise<SignInRedirect> {
  const browserBinding = usableBinding(start.browserBinding) ?? randomId();
  const returnTo = start.returnTo === undefined ? {} : { returnTo: localPath(start.returnTo) };
  const asked = askedAccess(deps, start);
  const prompt = start.prompt === undefined ? {} : { prompt: start.prompt };
  const begun: Begun =
    start.purpose === 'sign-in'
      ? { purpose: 'sign-in', browserBinding, ...asked, ...returnTo, ...prompt }
      : {
          purpose: 'connect',
          browserBinding,
          ...asked,
          ...(await requireSession(start.sessionId, deps.clock)),
          ...(start.mailboxId !== undefined && { mailboxId: start.mailboxId }),
          ...returnTo,
        };
  const { loginHint } = start;
  const url = await sendToMicrosoft(deps, { ...begun, ...(loginHint !== undefined && { loginHint }) });
  return { url, browserBinding };
}

/**
 * Ends it: checks that this browser began it, asks Microsoft who came, and uses the grant for the mailbox. When Microsoft
 * refuses for a consent that may miss one permission only, the browser is sent there once more, for the required ones.
 * @throws AppError 400 login_state_unknown, sign_in_again, mfa_required; 403 wrong_browser, wrong_session, access_denied,
 *   consent_required, admin_consent_required, not_assigned, conditional_access, account_gone, wrong_tenant, not_invited,
 *   guest_account, user_deactivated, no_address; 409 address_taken, mailbox_address_taken, other_account;
 *   502 microsoft_refused and what an admin of this service must mend; 503 microsoft_unavailable
 */
export async function finishSignIn(deps: SignInDeps, comeback: SignInReturn): Promise<SignInResult | AskedAgain> {
  const progress: Progress = { purpose: 'unknown', isBegun: false };
  try {
    const result = await finish(deps, comeback, progress);
    if ('userId' in result) await deps.tellSignIn({ ...progress, userId: result.userId });
    return result;
  } catch (error) {
    await deps.tellSignIn({ ...progress, refusal: error instanceof AppError ? error.code : 'internal' });
    throw error;
  }
}

/** The facts about a sign-in that are known so far, for the log. */
type Progress = { -readonly [K in keyof Omit<SignInOutcome, 'refusal'>]: SignInOutcome[K] };

async function finish(
  deps: SignInDeps,
  comeback: SignInReturn,
  progress: Progress,
): Promise<SignInResult | AskedAgain> {
  const { state, code, error, browserBinding, sessionId, userAgent } = comeback;
  const login = await takeLogin({ state, browserBinding, sessionId }, deps.clock);
  progress.purpose = login.purpose;
  progress.isBegun = true;
  if (error !== undefined || code === undefined) {
    if (!mayAskForLess(login, comeback)) throw await refuse(deps, comeback);
    return { continueAt: await sendToMicrosoft(deps, beginAgain(login, comeback)) };
  }
  const owner = login.purpose === 'connect' ? await requireSession(sessionId, deps.clock) : undefined;
  progress.userId = owner?.userId;
  const { codeVerifier, nonce, access = 'act', onlyRequired = false } = login;
  const grant = await identify(deps, access, () =>
    deps.microsoft.redeemCode({ code, codeVerifier, nonce, access, onlyRequired }),
  );
  progress.tenantId = grant.account.tenantId;
  const { purpose, returnTo } = login;
  if (owner !== undefined) {
    const { userId } = owner;
    await requireSameAccount(deps, { userId, login, grant });
    await lookFirst(deps, { userId, login, grant });
    const mailboxId = await connectMailbox(deps.vault, userId, grant);
    await followChoice(deps, { userId, mailboxId, login });
    return defined<SignInResult>({ purpose, userId, mailboxId, returnTo, session: undefined });
  }
  const userId = (await admit(deps, grant))._id;
  if (await wasLookRemembered(deps, { userId, login, grant }))
    return { continueAt: await sendToMicrosoft(deps, beginAsUsual(login, comeback)) };
  await lookFirst(deps, { userId, login, grant });
  const mailboxId = await renewMailbox(deps.vault, userId, grant);
  if (mailboxId !== undefined) await followChoice(deps, { userId, mailboxId, login });
  const signedInAt = signedInAtOf(login, grant.authTime, deps.clock());
  const looks = mailboxId !== undefined && (await isLooking(mailboxId));
  if (sessionId !== undefined) await endSession(sessionId); // never belongs to who has signed in
  const session = await createSession(userId, deps.clock, { signedInAt, userAgent });
  return defined<SignInResult>({ purpose, userId, mailboxId, isLooking: looks, session, returnTo });
}

/** Microsoft sent the browser back without a code. */
async function refuse(deps: SignInDeps, { error, errorDescription }: SignInReturn): Promise<AppError> {
  const aadsts = aadstsIn(errorDescription);
  const refusal = await withConsentLink(deps, refusalFor(error, aadsts));
  await deps.reportRefusal({ at: 'sign-in', reason: refusal.code, aadsts });
  return refusal;
}

/** A refusal that an administrator ends by consenting carries the link for them. */
async function withConsentLink({ adminConsent }: SignInDeps, refusal: AppError): Promise<AppError> {
  if (!isAboutConsent(refusal.code)) return refusal;
  const { status, code, message, cause } = refusal;
  return new AppError(status, code, message, { details: await adminConsent.details(), cause });
}

/** A grant, and what is needed to find whose it is. */
export interface ComingGrant extends Grant {
  readonly homeTenant: string | undefined;
  /** False when Graph did not tell the account's names. */
  readonly isNamed: boolean;
  /** When the person proved who they are, in seconds since 1970; undefined when Microsoft does not say. */
  readonly authTime: number | undefined;
}

/**
 * Redeems a grant, and finds out whose it is.
 * @param access what was asked for
 * @throws AppError in words for who signs in; the refusal is reported
 */
export async function identify(
  deps: SignInDeps,
  access: MailAccess,
  redeem: () => Promise<Redeemed>,
): Promise<ComingGrant> {
  try {
    const homeTenant = await deps.microsoft.homeTenant();
    const redeemed = await redeem();
    const { claims, accessToken, serializedCache } = redeemed;
    const names = await deps.readNames(accessToken);
    const account = describeAccount(claims, names, homeTenant);
    return { account, serializedCache, access, homeTenant, isNamed: names !== undefined, authTime: claims.auth_time };
  } catch (error) {
    const failure = redeemFailure(error);
    const refusal = failure instanceof AppError ? await withConsentLink(deps, failure) : failure;
    if (refusal instanceof AppError && (error instanceof GrantDeadError || error instanceof MicrosoftRefusedError))
      await deps.reportRefusal({ at: 'sign-in', reason: refusal.code, aadsts: error.aadsts });
    throw refusal;
  }
}

/**
 * Finds the user that the account is, or becomes. Without the names of Graph an invitation by address may not be found:
 * then it is no refusal, but a reason to wait.
 * @throws AppError as finishSignIn
 */
export async function admit(deps: SignInDeps, { account, homeTenant, isNamed }: ComingGrant): Promise<StoredUser> {
  const firstAdmin = { email: deps.adminEmail, tenantId: deps.adminTenantId ?? homeTenant };
  try {
    return await admitUser(account, { firstAdmin, homeTenant });
  } catch (error) {
    const isUnknown = error instanceof AppError && error.code === 'not_invited';
    throw isUnknown && !isNamed ? refusalFor('temporarily_unavailable', undefined, { cause: error }) : error;
  }
}

/** What is wrong with a mailbox keeps nobody from signing in: they are told, and can mend it. */
async function renewMailbox(
  vault: TokenVault,
  userId: Types.ObjectId,
  grant: Grant,
): Promise<Types.ObjectId | undefined> {
  try {
    return await renewOwnMailbox(vault, userId, grant);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { microsoftId } = grant.account;
    await notifyOnce(deterministicId(new Date(0), ['own mailbox', userId.toHexString(), microsoftId, error.code]), {
      userId,
      type: 'system',
      priority: 'high',
      title: 'Your mailbox is not connected',
      message: error.message,
    });
    return undefined;
  }
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
