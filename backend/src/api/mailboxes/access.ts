import { z } from 'zod';
import { findMailbox, listMailboxes, type VisibleMailbox } from '../../accounts/mailboxes.ts';
import { neverAsked, permissionsFor } from '../../auth/consent/permissions.ts';
import { lookOnly } from '../../auth/consent/mail-access.ts';
import { requireSetUp } from '../../auth/sign-in/require-set-up.ts';
import { type SignInDeps, type SignInStart, startSignIn } from '../../auth/sign-in/sign-in.ts';
import { bindBrowser, browserBindingOf, rememberLook } from '../sign-in-binding.ts';
import type { Cookies } from '../../http/cookies.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { chosenAccess, mailAccesses, mayAct } from '../../models/fields/mail-access.ts';
import { count, id, moment, noSuchMailbox, tooSlow } from '../schemas.ts';

const tag = 'mailboxes';
const params = z.strictObject({ mailboxId: id });
const access = z.enum(mailAccesses).describe('look: MSEDB observes and suggests; act: it changes mail as well');

const withdrawal =
  'In the portal My Apps (https://myapps.microsoft.com), open "Manage your application" of MSEDB and revoke its ' +
  'permissions, or ask an administrator to; then connect with /auth/login?access=look. Until then the token may keep ' +
  'Mail.ReadWrite, which MSEDB does not use while it only looks';

const askedScope = z.object({ scope: z.string(), why: z.string() });

const mailboxAccess = z.object({
  mailboxId: id,
  email: z.string(),
  access: access.describe('What its owner has chosen'),
  since: moment.nullable().describe('Time of that choice; null: it was connected before there was one'),
  mayChangeMail: z.boolean().describe('false: nothing is written to the mailbox, by the choice or by the token'),
  refusedBy: z
    .enum(['microsoft', 'msedb'])
    .nullable()
    .describe(
      'Who refuses changes. microsoft: the token does not allow them; msedb: the token would, and is not used so',
    ),
  grantedScopes: z.array(z.string()).describe('In the newest token, as Microsoft wrote them; empty: not recorded yet'),
  scopesAt: moment.nullable().describe('Time of that token'),
  asked: z.array(askedScope).describe('What MSEDB asks Microsoft for with this access'),
});

const myAccess = z
  .object({
    items: z.array(mailboxAccess),
    neverAsked: z.array(z.string()).describe('Some of the permissions that MSEDB never asks for'),
    withdraw: z.string().describe('How to take the consent back at Microsoft'),
  })
  .meta({ id: 'MyAccess' });

const accessBody = z.discriminatedUnion('access', [
  z.strictObject({ access: z.literal('look') }),
  z.strictObject({
    access: z.literal('act'),
    returnTo: z.string().max(2_000).optional().describe('Path of this service to which the browser returns'),
  }),
]);

const accessChange = z
  .discriminatedUnion('access', [
    z.object({
      access: z.literal('look'),
      mailbox: mailboxAccess,
      left: count.describe('Messages that wait in MSEDB Staging because they could not be put back now'),
      withdraw: z.string().describe('How to take the consent back at Microsoft'),
    }),
    z.object({ access: z.literal('act'), url: z.string().describe('The address at which the browser continues') }),
  ])
  .meta({ id: 'AccessChange' });

export interface AccessRoutes {
  readonly context: RouteContext;
  readonly cookies: Cookies;
  /** Undefined while sign-in is not configured. */
  readonly signIn: SignInDeps | undefined;
}

/** Mounts what MSEDB may do with mailboxes, and the change of it. */
export function mountAccess(routes: AccessRoutes): void {
  route(
    routes.context,
    ['user', 'get', '/api/me/access'],
    {
      summary: 'What MSEDB may do in the mailboxes of the caller: the scopes in their tokens, as Microsoft wrote them',
      tag: 'me',
      responses: { 200: json(myAccess), 503: tooSlow },
    },
    async (_input, { userId }) => ({
      status: 200,
      body: {
        items: (await listMailboxes(userId)).map(presentAccess),
        neverAsked: [...neverAsked],
        withdraw: withdrawal,
      },
    }),
  );
  mountChange(routes);
}

function mountChange({ context, cookies, signIn }: AccessRoutes): void {
  route(
    context,
    ['user', 'post', '/api/mailboxes/{mailboxId}/access'],
    {
      summary: 'Only look at a mailbox, at once; or let MSEDB act in it, after a consent at Microsoft',
      tag,
      params,
      body: accessBody,
      responses: {
        200: json(accessChange),
        403: problem('look_only: this installation only looks; csrf: the CSRF token is missing or wrong'),
        404: noSuchMailbox,
        503: problem('sign_in_not_set_up'),
      },
    },
    async ({ params: { mailboxId }, body, request }, { userId, sessionId }) => {
      const deps = requireSetUp(signIn);
      const { email } = await findMailbox({ userId, mailboxId });
      if (body.access === 'look') {
        const { left } = await lookOnly({ userId, mailboxId }, deps.access);
        const mailbox = presentAccess(await findMailbox({ userId, mailboxId }));
        const answer = { access: 'look', mailbox, left, withdraw: withdrawal } as const;
        return { status: 200, body: answer, cookies: [rememberLook(cookies, true)] };
      }
      const { returnTo } = body;
      const { url, browserBinding } = await startSignIn(deps, {
        purpose: 'connect',
        sessionId,
        access: 'act',
        loginHint: email,
        mailboxId,
        ...defined<Pick<SignInStart, 'returnTo' | 'browserBinding'>>({
          returnTo,
          browserBinding: browserBindingOf(cookies, request),
        }),
      });
      return { status: 200, body: { access: 'act', url }, cookies: [bindBrowser(cookies, browserBinding)] };
    },
  );
}

function presentAccess(row: VisibleMailbox): z.output<typeof mailboxAccess> {
  const chosen = chosenAccess(row);
  const { grantedScopes = [] } = row;
  const isAllowed = mayAct({ grantedScopes });
  return {
    mailboxId: row._id.toString(),
    email: row.email,
    access: chosen,
    since: row.accessSince?.toISOString() ?? null,
    mayChangeMail: mayAct(row),
    refusedBy: mayAct(row) ? null : isAllowed ? 'msedb' : 'microsoft',
    grantedScopes: [...grantedScopes],
    scopesAt: row.scopesAt?.toISOString() ?? null,
    asked: permissionsFor(chosen).map(({ name, purpose }) => ({ scope: name, why: purpose })),
  };
}
