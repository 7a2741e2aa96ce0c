import { beforeEach, describe, expect, it } from 'vitest';
import type { MicrosoftAccount } from '../../../src/auth/microsoft/microsoft-account.ts';
import { admitUser } from '../../../src/auth/registration.ts';
import { models, User } from '../../../src/models/index.ts';
import { buildUser } from '../../factories/user.ts';
import { useTestDatabase } from '../../harness/database.ts';

const home = { firstAdmin: { email: 'Boss@Example.com', tenantId: 'tenant' }, homeTenant: 'tenant' };
const taken = { status: 409, code: 'address_taken' };
const notInvited = { status: 403, code: 'not_invited' };

function accountOf(username: string, fields: Partial<MicrosoftAccount> = {}): MicrosoftAccount {
  return {
    microsoftId: `tenant.${username}`,
    tenantId: 'tenant',
    objectId: username,
    names: [username],
    address: username,
    displayName: 'Somebody',
    isGuest: false,
    ...fields,
  };
}

useTestDatabase(models);
beforeEach(() => User.deleteMany({}));

describe('registration', () => {
  it('is closed: an uninvited person is refused and no row is written', async () => {
    await buildUser({ role: 'admin' });

    await expect(admitUser(accountOf('eve@example.com'), home)).rejects.toMatchObject(notInvited);

    expect(await User.countDocuments()).toBe(1);
  });

  it('makes ADMIN_EMAIL the first admin, once, even if they sign in twice at the same moment', async () => {
    const users = await Promise.all([1, 2, 3].map(() => admitUser(accountOf('boss@example.com'), home)));

    for (const user of users) expect(user).toMatchObject({ role: 'admin', email: 'boss@example.com' });
    expect(await User.countDocuments()).toBe(1);
  });

  it('gives ADMIN_EMAIL nothing while there is an admin', async () => {
    await buildUser({ role: 'admin' });

    await expect(admitUser(accountOf('boss@example.com'), home)).rejects.toMatchObject(notInvited);
  });

  it('lets nobody become the admin when ADMIN_EMAIL is not set', async () => {
    await expect(
      admitUser(accountOf('boss@example.com'), { ...home, firstAdmin: { ...home.firstAdmin, email: undefined } }),
    ).rejects.toMatchObject(notInvited);

    expect(await User.countDocuments()).toBe(0);
  });

  it('binds an invitation to the account that comes for it, with its role', async () => {
    const { _id } = await buildUser({ email: 'ada@example.com', role: 'user' });

    const user = await admitUser(accountOf('ada@example.com'), home);

    expect(user).toMatchObject({ _id, microsoftId: 'tenant.ada@example.com', role: 'user', displayName: 'Somebody' });
    expect(user.lastLoginAt).toBeInstanceOf(Date);
  });

  it('gives an invitation to one account only', async () => {
    await buildUser({ email: 'ada@example.com' });

    const outcomes = await Promise.allSettled(
      ['tenant.one', 'tenant.other'].map((microsoftId) =>
        admitUser(accountOf('ada@example.com', { microsoftId }), home),
      ),
    );

    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(admitUser(accountOf('ada@example.com', { microsoftId: 'tenant.third' }), home)).rejects.toMatchObject(
      taken,
    );
  });

  it('knows a person by their identity after their address has changed, and follows it', async () => {
    const { _id } = await buildUser({ email: 'ada@example.com', microsoftId: 'tenant.ada' });

    const user = await admitUser(accountOf('ada.married@example.com', { microsoftId: 'tenant.ada' }), home);

    expect(user).toMatchObject({ _id, email: 'ada.married@example.com' });
  });

  it('never hands a known user’s row to another account of the same address', async () => {
    await buildUser({ email: 'boss@example.com', microsoftId: 'tenant.boss', role: 'user' });
    const usurper = accountOf('boss@example.com', { microsoftId: 'elsewhere.boss', tenantId: 'elsewhere' });

    await expect(admitUser(usurper, home)).rejects.toMatchObject(notInvited);

    expect(await User.findOne({ email: 'boss@example.com' }).lean()).toMatchObject({ microsoftId: 'tenant.boss' });
  });

  it('keeps a deactivated user out, invited or known, and binds nothing', async () => {
    const deactivated = { status: 403, code: 'user_deactivated' };
    await buildUser({ email: 'ada@example.com', isActive: false });
    await buildUser({ email: 'bob@example.com', isActive: false, microsoftId: 'tenant.bob' });

    await expect(admitUser(accountOf('ada@example.com'), home)).rejects.toMatchObject(deactivated);
    await expect(admitUser(accountOf('bob@example.com', { microsoftId: 'tenant.bob' }), home)).rejects.toMatchObject(
      deactivated,
    );

    expect(await User.findOne({ email: 'ada@example.com' }).lean()).not.toHaveProperty('microsoftId');
  });
});
