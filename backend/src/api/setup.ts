import { z } from 'zod';
import type { AdminConsent } from '../auth/consent/admin-consent.ts';
import { reportPermissions } from '../auth/consent/permission-report.ts';
import type { MailAccessPolicy } from '../auth/consent/permissions.ts';
import { isThereAnAdmin } from '../auth/registration.ts';
import { isAdminSession } from '../auth/sessions.ts';
import { sessionCookie } from '../http/authenticate.ts';
import type { Cookies } from '../http/cookies.ts';
import { json, openRoute, type RouteContext } from '../http/route.ts';
import { count } from './schemas.ts';

/** What the settings say about the connection to Microsoft 365. */
export interface SetupFacts {
  /** Names of the settings without which nobody can sign in. */
  readonly missingSettings: readonly string[];
  /** True when ADMIN_EMAIL names the first admin. */
  readonly hasFirstAdmin: boolean;
  readonly redirectUri: string;
  /** Undefined while sign-in is not configured. */
  readonly adminConsent: AdminConsent | undefined;
  /** What mailboxes are connected for. */
  readonly mailAccess?: MailAccessPolicy | undefined;
}

const permissionResponse = z.object({
  name: z.string(),
  purpose: z.string(),
  isRequired: z.boolean().describe('false: everything else works without it'),
  state: z.enum(['granted', 'partly_granted', 'not_granted', 'unknown']),
  mailboxes: z
    .object({ granted: count, missing: count, unknown: count })
    .describe('Connected mailboxes, by whether their newest token has the permission'),
  mustAct: z.enum(['tenant_admin']).nullable().describe('Who must act: an administrator at Entra ID; null: nobody'),
  explanation: z.string(),
});

const setupResponse = z
  .object({
    signIn: z.enum(['ready', 'not_set_up']).describe('The rest: until the first admin has signed in, then for admins'),
    missing: z.array(z.string()).optional().describe('Names of the settings that sign-in lacks'),
    redirectUri: z.string().optional().describe('To register with the application at Entra ID, platform Web'),
    adminConsentUrl: z
      .string()
      .nullable()
      .optional()
      .describe(
        'Link at which an administrator of the organization grants the permissions for everybody in it, good for 7 days; null: sign-in is not configured, or is for personal accounts',
      ),
    permissions: z
      .array(permissionResponse)
      .optional()
      .describe('For signed-in admins only: the delegated permissions, and where they are granted'),
  })
  .meta({ id: 'Setup' });
type SetupResponse = z.output<typeof setupResponse>;

/** Mounts the answer to "what is still to be set up": for anybody at first, then in full for admins only. */
export function mountSetup(context: RouteContext, cookies: Cookies, facts: SetupFacts): void {
  openRoute(
    context,
    ['public', 'get', '/api/setup'],
    {
      summary: 'What is configured, what is missing, and who must act. Settings are named, never shown',
      tag: 'about',
      responses: { 200: json(setupResponse) },
    },
    async ({ request }) => {
      const sessionId = cookies.read(request, sessionCookie);
      const isAdmin = sessionId !== undefined && (await isAdminSession(sessionId));
      return { status: 200, body: await describe(facts, isAdmin), headers: { 'cache-control': 'no-store' } };
    },
  );
}

async function describe(facts: SetupFacts, isAdmin: boolean): Promise<SetupResponse> {
  const hasAdmin = await isThereAnAdmin();
  const missing = [...facts.missingSettings, ...(hasAdmin || facts.hasFirstAdmin ? [] : ['ADMIN_EMAIL'])];
  const signIn = missing.length === 0 ? 'ready' : 'not_set_up';
  if (hasAdmin && !isAdmin) return { signIn };
  const { redirectUri, adminConsent } = facts;
  const open = { signIn, missing, redirectUri, adminConsentUrl: (await adminConsent?.link()) ?? null } as const;
  return isAdmin ? { ...open, permissions: await reportPermissions(facts.mailAccess) } : open;
}
