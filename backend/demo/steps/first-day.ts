import { z } from 'zod';
import { Api } from '../api.ts';
import type { Demo } from '../demo.ts';

const colleague = 'ben@contoso.example';

const refusal = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.object({ adminConsentUrl: z.url() }) }),
});
const setup = z.object({ signIn: z.string(), missing: z.array(z.string()), adminConsentUrl: z.url() });
const consented = z.object({ adminConsent: z.string(), message: z.string(), next: z.string() });
const invited = z.object({ email: z.string(), role: z.string() });
const permissions = z.object({
  permissions: z.array(z.object({ name: z.string(), state: z.string(), mailboxes: z.object({ granted: z.number() }) })),
});

/** The first admin comes, and Microsoft lets nobody grant access to mail but an administrator of the organization. */
export async function meetRefusal({ story, api, owner, emulator }: Demo): Promise<void> {
  emulator.signIn.needsAdmin = true;
  await story.step(`${owner.name} sets MSEDB up, and the organization has not consented yet`, async () => {
    const { signIn, missing } = await api.ask({ path: '/api/setup' }, setup);
    story.check('no setting is missing: sign-in is ready', signIn === 'ready' && missing.length === 0);
    const { error } = await api.signInInVain(owner.email, refusal);
    story.show({ code: error.code, message: error.message });
    story.check('Microsoft refuses, and the refusal has the link for an administrator', isConsentLink(error.details));
  });
}

function isConsentLink({ adminConsentUrl }: { readonly adminConsentUrl: string }): boolean {
  return new URL(adminConsentUrl).pathname.endsWith('/v2.0/adminconsent');
}

/** An administrator opens the link, which anybody may see while there is no admin, and accepts. */
export async function consent({ story, api, owner, emulator }: Demo): Promise<void> {
  await story.step('An administrator of the organization opens the link, and accepts for everybody', async () => {
    const { adminConsentUrl } = await api.ask({ path: '/api/setup' }, setup);
    emulator.signIn.nextAs(owner.email);
    const { message, ...outcome } = await api.open(adminConsentUrl, consented);
    story.show({ ...outcome, message });
    story.check('consent is granted', outcome.adminConsent === 'granted');
    story.check('nobody is signed in by that', await api.isSignedOut());
  });
}

/** A colleague is invited, and is asked for no consent of their own. */
export async function inviteColleague({ story, api, owner, emulator, signal }: Demo): Promise<void> {
  const { name } = emulator.people.add({ email: colleague, name: 'Ben' });
  emulator.signIn.everyoneAs(owner.email);
  await story.step(`${owner.name} invites a colleague, and ${name} signs in`, async () => {
    const body = { email: colleague };
    story.show({ ...(await api.ask({ method: 'POST', path: '/api/admin/users', body }, invited)) });
    const theirs = new Api({ url: api.url, story, signal });
    const who = await theirs.signIn(colleague);
    story.check(`${name} is in, as a user, and had nothing to consent to`, who.role === 'user');
    const { permissions: granted } = await api.ask({ path: '/api/setup' }, permissions);
    story.show(Object.fromEntries(granted.map((one) => [one.name, `granted in ${one.mailboxes.granted} mailboxes`])));
    const isGranted = granted.every(({ state, mailboxes }) => state === 'granted' && mailboxes.granted === 2);
    story.check('the permissions are granted in both mailboxes', isGranted);
  });
}
