import { Types } from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSession, readSession } from '../../../src/auth/sessions.ts';
import { inviteUser } from '../../../src/auth/invitations.ts';
import { changeRole, deactivateUser, listUsers, reactivateUser } from '../../../src/auth/users.ts';
import { AuditLog, models, User } from '../../../src/models/index.ts';
import { buildUser } from '../../factories/user.ts';
import { useTestDatabase } from '../../harness/database.ts';

const lastAdmin = { status: 409, code: 'last_admin' };

useTestDatabase(models);
beforeEach(() => User.deleteMany({}));

const activeAdmins = () => User.countDocuments({ role: 'admin', isActive: true });
const auditOf = (userId: Types.ObjectId) =>
  AuditLog.find({ targetId: String(userId) })
    .sort({ _id: 1 })
    .lean();

describe('inviting', () => {
  it('makes a row that has no Microsoft account yet, and audits it', async () => {
    const { _id: by } = await buildUser({ role: 'admin' });

    const invited = await inviteUser({ email: ' Ada@Example.com', role: 'user', by });

    expect(invited).toMatchObject({ email: 'ada@example.com', role: 'user', isActive: true, invitedBy: by });
    expect(invited.microsoftId).toBeUndefined();
    expect(await auditOf(invited._id)).toMatchObject([{ userId: by, action: 'user_invited', targetType: 'user' }]);
  });

  it('refuses an address that is known, however it is typed', async () => {
    const { _id: by } = await buildUser({ role: 'admin' });
    await inviteUser({ email: 'ada@example.com', role: 'user', by });

    await expect(inviteUser({ email: 'ADA@example.com', role: 'admin', by })).rejects.toMatchObject({
      status: 409,
      code: 'user_exists',
    });
  });
});

describe('listing', () => {
  it('shows every user once, page by page', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => buildUser()));

    const first = await listUsers({ limit: 2 });
    const second = await listUsers({ limit: 2, ...(first.next === undefined ? {} : { after: first.next }) });
    const third = await listUsers({ limit: 2, ...(second.next === undefined ? {} : { after: second.next }) });

    const seen = [first, second, third].flatMap(({ users }) => users.map(({ _id }) => String(_id)));
    expect(seen).toEqual(made.map(({ _id }) => String(_id)).toSorted());
    expect(third.next).toBeUndefined();
  });
});

describe('deactivating', () => {
  it('ends the sessions at once, keeps the user’s own switches, and is audited once', async () => {
    const { _id: by } = await buildUser({ role: 'admin' });
    const { _id: userId } = await buildUser({ preferences: { automationPaused: false, aggressiveness: 'moderate' } });
    const { id } = await createSession(userId);

    await deactivateUser({ userId, by });
    await deactivateUser({ userId, by });

    expect(await readSession(id)).toBeUndefined();
    const stored = await User.findById(userId).lean();
    expect(stored).toMatchObject({ isActive: false, preferences: { automationPaused: false } });
    expect(await auditOf(userId)).toMatchObject([{ userId: by, action: 'user_deactivated' }]);
  });

  it('is undone by reactivating, but no session comes back', async () => {
    const { _id: by } = await buildUser({ role: 'admin' });
    const { _id: userId } = await buildUser();
    const { id } = await createSession(userId);
    await deactivateUser({ userId, by });

    expect(await reactivateUser({ userId, by })).toMatchObject({ isActive: true });
    await reactivateUser({ userId, by });

    expect(await readSession(id)).toBeUndefined();
    expect((await auditOf(userId)).map(({ action }) => action)).toEqual(['user_deactivated', 'user_reactivated']);
  });
});

describe('changing a role', () => {
  it('holds from the next request on, and is audited with both roles', async () => {
    const { _id: by } = await buildUser({ role: 'admin' });
    const { _id: userId } = await buildUser();
    const { id } = await createSession(userId);

    expect(await changeRole({ userId, by }, 'admin')).toMatchObject({ role: 'admin' });
    expect(await readSession(id)).toMatchObject({ role: 'admin' });
    await changeRole({ userId, by }, 'user');
    await changeRole({ userId, by }, 'user');

    expect(await readSession(id)).toMatchObject({ role: 'user' });
    expect((await auditOf(userId)).map(({ details }) => details)).toEqual([
      { from: 'user', to: 'admin' },
      { from: 'admin', to: 'user' },
    ]);
  });
});

describe('the last active admin', () => {
  it('cannot be demoted or deactivated, and nothing is audited or ended', async () => {
    const { _id: userId } = await buildUser({ role: 'admin' });
    await buildUser({ role: 'admin', isActive: false });
    const { id } = await createSession(userId);

    await expect(changeRole({ userId, by: userId }, 'user')).rejects.toMatchObject(lastAdmin);
    await expect(deactivateUser({ userId, by: userId })).rejects.toMatchObject(lastAdmin);

    expect(await readSession(id)).toMatchObject({ role: 'admin' });
    expect(await auditOf(userId)).toEqual([]);
  });

  it('stays when admins remove each other at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      await User.deleteMany({});
      const [one, other] = [await buildUser({ role: 'admin' }), await buildUser({ role: 'admin' })];

      const outcomes = await Promise.allSettled([
        changeRole({ userId: one._id, by: other._id }, 'user'),
        deactivateUser({ userId: other._id, by: one._id }),
      ]);

      expect(await activeAdmins()).toBe(1);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: lastAdmin });
    }
  });
});

it('says that a user does not exist', async () => {
  const act = { userId: new Types.ObjectId(), by: new Types.ObjectId() };

  await expect(changeRole(act, 'admin')).rejects.toMatchObject({ status: 404 });
  await expect(deactivateUser(act)).rejects.toMatchObject({ status: 404 });
  await expect(reactivateUser(act)).rejects.toMatchObject({ status: 404 });
});
