import type { ConsentReturn } from '../auth/consent/admin-consent.ts';
import type { Reply } from '../http/reply.ts';
import { z } from 'zod';
import { endSession } from '../auth/sessions.ts';
import { requireSetUp } from '../auth/sign-in/require-set-up.ts';
import {
  finishSignIn,
  type SignInDeps,
  type SignInReturn,
  type SignInStart,
  startSignIn,
} from '../auth/sign-in/sign-in.ts';
import { sessionCookie } from '../http/authenticate.ts';
import { type Cookies, leavingHeaders } from '../http/cookies.ts';
import { json, openRoute, problem, route, type RouteContext } from '../http/route.ts';
import { defined } from '../lib/defined.ts';
import { mailAccesses } from '../models/fields/mail-access.ts';
import { answerConsent, consentReturned } from './consent-return.ts';
import { meResponse, presentMe } from './me.presenter.ts';
import { bindBrowser, browserBindingOf, isLookRemembered, rememberLook } from './sign-in-binding.ts';

const tag = 'sign-in';
const redirect = { description: 'Redirect to the address in Location' };
const notSetUp = problem('sign_in_not_set_up or microsoft_unavailable');

type SignInHints = Pick<SignInStart, 'browserBinding' | 'returnTo' | 'loginHint' | 'access' | 'prompt'>;

const access = z
  .enum(mailAccesses)
  .optional()
  .describe(
    'look: ask Microsoft to read metadata only (Mail.ReadBasic); act: to change mail as well (Mail.ReadWrite). If left out, as MAIL_ACCESS says for a mailbox that is new; one that is known keeps its own',
  );
const lookOnlyHere = 'look_only: this installation only looks';

export interface AuthRoutes {
  readonly context: RouteContext;
  readonly cookies: Cookies;
  /** Undefined while sign-in is not configured. */
  readonly signIn: SignInDeps | undefined;
  /** Starts to watch a mailbox that was just connected. Does not throw. */
  readonly watchMailbox: (mailboxId: string) => Promise<void>;
}

/** Mounts sign-in with Microsoft, and the session. */
export function mountAuth(routes: AuthRoutes): void {
  mountLogin(routes);
  mountCallback(routes);
  mountConnect(routes);
  mountSession(routes);
}

function mountLogin({ context, cookies, signIn }: AuthRoutes): void {
  const query = z.object({
    returnTo: z
      .string()
      .max(2_000)
      .optional()
      .describe('Path of this service to which the browser returns after sign-in'),
    loginHint: z.string().max(254).optional().describe("Address to prefill on Microsoft's sign-in page"),
    access,
    prompt: z
      .literal('login')
      .optional()
      .describe('Has Microsoft ask who you are even if you are signed in there: for what needs a recent sign-in'),
  });
  openRoute(
    context,
    ['signIn', 'get', '/auth/login'],
    {
      summary: 'Sign in with Microsoft',
      tag,
      query,
      responses: { 302: redirect, 403: problem(lookOnlyHere), 503: notSetUp },
    },
    async ({ query: { returnTo, loginHint, access: asked, prompt }, request }) => {
      const browserBinding = browserBindingOf(cookies, request);
      const { url, browserBinding: binding } = await startSignIn(requireSetUp(signIn), {
        purpose: 'sign-in',
        isLookRemembered: isLookRemembered(cookies, request),
        ...defined<SignInHints>({ browserBinding, returnTo, loginHint, access: asked, prompt }),
      });
      return { status: 302, headers: { location: url }, cookies: [bindBrowser(cookies, binding)] };
    },
  );
}

function mountCallback(routes: AuthRoutes): void {
  const query = z.object({
    state: z.string().max(1_000),
    code: z.string().max(10_000).optional(),
    error: z.string().max(200).optional(),
    error_description: z.string().max(10_000).optional(),
    admin_consent: z.string().max(20).optional().describe('With it the browser comes from the admin-consent link'),
    tenant: z.string().max(200).optional().describe('With admin_consent: the id of the directory'),
  });
  openRoute(
    routes.context,
    ['signIn', 'get', '/auth/callback'],
    {
      summary: 'Redirect URI of the sign-in and of the admin-consent link: Microsoft returns the browser here',
      tag,
      query,
      responses: {
        200: consentReturned,
        302: redirect,
        403: problem(
          'wrong_browser, wrong_session, wrong_tenant, not_invited, guest_account, user_deactivated, no_address; or as Microsoft says: access_denied, consent_required, admin_consent_required, not_assigned, conditional_access, account_gone',
        ),
        409: problem(
          'address_taken or mailbox_address_taken: another Microsoft account has this address here; other_account: not the account of the mailbox that was to act',
        ),
        502: problem(
          'microsoft_refused, unusable_id_token; or an admin must act: client_secret_wrong, client_secret_expired, app_unknown, clock_differs',
        ),
        503: notSetUp,
      },
    },
    async ({ query: { state, code, error, error_description: errorDescription, ...consent }, request }) => {
      const signIn = requireSetUp(routes.signIn);
      const { admin_consent: adminConsent, tenant } = consent;
      const comeback = defined<ConsentReturn>({ state, adminConsent, tenant, error, errorDescription });
      if (signIn.adminConsent.isReturn(comeback)) return answerConsent(signIn, comeback, request);
      const browserBinding = browserBindingOf(routes.cookies, request);
      const sessionId = routes.cookies.read(request, sessionCookie);
      const userAgent = request.get('user-agent');
      const facts = { state, code, error, errorDescription, browserBinding, sessionId, userAgent };
      return finish(routes, signIn, facts);
    },
  );
}

async function finish(
  { cookies, watchMailbox }: AuthRoutes,
  signIn: SignInDeps,
  comeback: { readonly [Field in keyof SignInReturn]: SignInReturn[Field] | undefined } & { readonly state: string },
): Promise<Reply> {
  const { browserBinding } = comeback;
  const result = await finishSignIn(signIn, defined<SignInReturn>(comeback));
  if ('continueAt' in result) {
    const kept = browserBinding === undefined ? {} : { cookies: [bindBrowser(cookies, browserBinding)] };
    return { status: 302, headers: { location: result.continueAt }, ...kept };
  }
  const { session, mailboxId, isLooking = false, returnTo = '/auth/me' } = result;
  if (mailboxId !== undefined) await watchMailbox(mailboxId.toString());
  const headers = { location: returnTo };
  if (session === undefined) return { status: 302, headers };
  const maxAgeS = Math.floor((session.endsAt.getTime() - Date.now()) / 1_000);
  const ofSession = cookies.make({ name: sessionCookie, value: session.id, maxAgeS });
  return { status: 302, headers, cookies: [ofSession, rememberLook(cookies, isLooking)] };
}

function mountConnect({ context, cookies, signIn }: AuthRoutes): void {
  route(
    context,
    ['user', 'post', '/api/mailboxes/connect'],
    {
      summary: 'Connect another mailbox: returns the address at which the browser continues',
      tag: 'mailboxes',
      body: z.strictObject({
        returnTo: z.string().max(2_000).optional(),
        loginHint: z.string().max(254).optional(),
        access,
      }),
      responses: {
        200: json(z.object({ url: z.string() })),
        403: problem(`${lookOnlyHere}; csrf: the CSRF token is missing or wrong`),
        503: notSetUp,
      },
    },
    async ({ body: { returnTo, loginHint, access: asked }, request }, { sessionId }) => {
      const browserBinding = browserBindingOf(cookies, request);
      const { url, browserBinding: binding } = await startSignIn(requireSetUp(signIn), {
        purpose: 'connect',
        sessionId,
        ...defined<SignInHints>({ browserBinding, returnTo, loginHint, access: asked }),
      });
      return { status: 200, body: { url }, cookies: [bindBrowser(cookies, binding)] };
    },
  );
}

function mountSession({ context, cookies }: AuthRoutes): void {
  route(
    context,
    ['user', 'get', '/auth/me'],
    { summary: 'The signed-in user and their CSRF token', tag, responses: { 200: json(meResponse) } },
    async (_input, caller) => ({ status: 200, body: presentMe(caller) }),
  );
  route(
    context,
    ['user', 'post', '/auth/logout'],
    { summary: 'Sign out: ends this session', tag, responses: { 204: { description: 'Ended' } } },
    async (_input, { sessionId }) => {
      await endSession(sessionId);
      return { status: 204, headers: leavingHeaders, cookies: [cookies.remove(sessionCookie)] };
    },
  );
}
