import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, Mailbox, User } from '../../src/models/index.ts';
import { tenantOf } from '../../emulator/ids.ts';
import { Accounts } from '../harness/accounts.ts';
import type { Browser } from '../harness/browser.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

let it365: ConnectedService;
let accounts: Accounts;
let ada: Browser;
beforeAll(async () => {
  it365 = await startConnectedService();
  accounts = await Accounts.start(it365);
  ada = await it365.signedIn(admin);
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

const userOf = (email: string) => User.findOne({ email }).lean().orFail();
const pathOf = async (email: string) => `/api/admin/users/${(await userOf(email))._id.toString()}`;
const invite = (email: string, fields: object = {}) => ada.write('POST', '/api/admin/users', { email, ...fields });
const codeOf = ({ status, body }: { status: number; body: unknown }) => [status, body];

describe('an invitation', () => {
  it('is for the directory of who sends it, unless they name another', async () => {
    const [home, away] = [tenantOf('contoso.example'), tenantOf('fabrikam.example')];
    it365.microsoft.people.add({ email: 'fay@fabrikam.example' });

    const first = await invite('fay@fabrikam.example');
    const refused = await it365.browser().signIn('fay@fabrikam.example');
    await ada.write('DELETE', await pathOf('fay@fabrikam.example'));
    const second = await invite('fay@fabrikam.example', { tenantId: away.toUpperCase() });
    const admitted = await it365.browser().signIn('fay@fabrikam.example');

    expect([first.body, second.body]).toMatchObject([{ tenantId: home }, { tenantId: away }]);
    expect(codeOf(refused)).toMatchObject([403, { error: { code: 'not_invited' } }]);
    expect(admitted.status).toBe(200);
  });

  it('can be withdrawn before anybody has taken it, and not afterwards', async () => {
    it365.microsoft.people.add({ email: 'wim@contoso.example' });
    await invite('wim@contoso.example');

    const withdrawn = await ada.write('DELETE', await pathOf('wim@contoso.example'));
    const refused = await it365.browser().signIn('wim@contoso.example');
    await accounts.join('taken@contoso.example');
    const late = await ada.write('DELETE', await pathOf('taken@contoso.example'));

    expect(withdrawn.status).toBe(204);
    expect(codeOf(refused)).toMatchObject([403, { error: { code: 'not_invited' } }]);
    expect(codeOf(late)).toMatchObject([409, { error: { code: 'invitation_accepted' } }]);
    expect(await AuditLog.countDocuments({ action: 'user_invitation_withdrawn' })).toBe(2);
  });

  it('is withdrawn by admins only', async () => {
    const eve = await accounts.join('eve@contoso.example');
    await invite('open@contoso.example');

    expect((await eve.write('DELETE', await pathOf('open@contoso.example'))).status).toBe(403);
    expect((await eve.write('POST', `${await pathOf(admin)}/release-address`)).status).toBe(403);
    await ada.write('DELETE', await pathOf('open@contoso.example'));
  });
});

describe('an address', () => {
  it('of an account that was created anew is released, and the new account begins with nothing', async () => {
    const email = 'rea@contoso.example';
    const { browser, mailbox } = await accounts.joinWithHistory(email);
    it365.microsoft.people.remove(email);
    it365.microsoft.people.add({ email });
    const refused = await it365.browser().signIn(email);

    const released = await ada.write('POST', `${await pathOf(email)}/release-address`);
    await invite(email);
    const again = await it365.browser().signIn(email);

    expect(codeOf(refused)).toMatchObject([409, { error: { code: 'address_taken' } }]);
    expect(released.body).toMatchObject({ isActive: false, email: expect.stringMatching(/@msedb\.invalid$/) });
    expect((await browser.once('/auth/me')).status).toBe(401);
    expect(again.status).toBe(200);
    expect((await userOf(email))._id).not.toEqual(mailbox.userId);
    expect(await Mailbox.findById(mailbox._id).lean()).toMatchObject({
      userId: mailbox.userId,
      msalCache: mailbox.msalCache,
    });
  });

  it('of the last admin, or of an open invitation, is not released', async () => {
    await invite('later@contoso.example');

    const own = await ada.write('POST', `${await pathOf(admin)}/release-address`);
    const open = await ada.write('POST', `${await pathOf('later@contoso.example')}/release-address`);

    expect(codeOf(own)).toMatchObject([409, { error: { code: 'last_admin' } }]);
    expect(codeOf(open)).toMatchObject([409, { error: { code: 'not_signed_in_yet' } }]);
    expect(await userOf(admin)).toMatchObject({ isActive: true });
  });
});

describe('the last admin', () => {
  it('stays while there are others, and may go when there are none: ADMIN_EMAIL names the next', async () => {
    const refused = await ada.write('DELETE', '/api/me');
    await User.deleteMany({ role: 'user' });
    const gone = await ada.write('DELETE', '/api/me');
    it365.microsoft.people.add({ email: 'zoe@contoso.example' });
    const stranger = await it365.browser().signIn('zoe@contoso.example');
    const next = await it365.browser().signIn(admin);

    expect(codeOf(refused)).toMatchObject([409, { error: { code: 'last_admin' } }]);
    expect(gone.status).toBe(204);
    expect(codeOf(stranger)).toMatchObject([403, { error: { code: 'not_invited' } }]);
    expect(JSON.stringify(stranger.body)).toContain('has no admin at the moment');
    expect(next.body).toMatchObject({ email: admin, role: 'admin' });
  });
});
