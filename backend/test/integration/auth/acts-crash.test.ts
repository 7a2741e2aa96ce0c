import mongoose, { Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeAccess, recoverAccessChanges } from '../../../src/auth/consent/change-access.ts';
import { inviteUser, releaseAddress, withdrawInvitation } from '../../../src/auth/invitations.ts';
import { admitUser } from '../../../src/auth/registration.ts';
import { recoverUserActs, type UserAct } from '../../../src/auth/user-acts.ts';
import { changeRole, deactivateUser, reactivateUser } from '../../../src/auth/users.ts';
import { AuditLog, buildIndexes, Mailbox, models, Notification, OrgLog, User } from '../../../src/models/index.ts';
import { underWayMs } from '../../../src/models/store/intent-log.ts';
import { exists } from '../../../src/models/store/query-operators.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { buildUser } from '../../factories/user.ts';
import { dropDatabase, testDatabaseUri } from '../../harness/database.ts';
import { recordIndexLog } from '../models/indexes/index-log.ts';
import { DyingStore } from '../patterns/decisions/dying-store.ts';

const uri = testDatabaseUri();
const tenantId = '11111111-1111-4111-8111-111111111111';

let store: DyingStore;
beforeAll(async () => {
  store = await DyingStore.connect(uri);
  await buildIndexes(models, recordIndexLog());
});
beforeEach(empty);
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

async function empty(): Promise<void> {
  await Promise.all([User.deleteMany({}), Mailbox.deleteMany({}), AuditLog.deleteMany({})]);
  await Promise.all([OrgLog.deleteMany({}), Notification.deleteMany({})]);
}

/** Later than anything that is under way now. */
const later = () => Date.now() + underWayMs + 1_000;

/** A user whom an admin acts upon. */
async function people(fields: Parameters<typeof buildUser>[0] = {}): Promise<UserAct & { readonly email: string }> {
  const { _id: by } = await buildUser({ role: 'admin' });
  const { _id: userId, email } = await buildUser({ tenantId, ...fields });
  return { userId, by, email };
}

interface Act {
  readonly kind: string;
  readonly before?: Parameters<typeof buildUser>[0];
  readonly run: (act: UserAct) => Promise<unknown>;
  readonly hasTakenEffect: (act: UserAct) => Promise<boolean>;
}

const isThere = async (filter: Parameters<typeof User.exists>[0]) => (await User.exists(filter)) !== null;

const acts: readonly Act[] = [
  {
    kind: 'user_invited',
    run: ({ by }) => inviteUser({ email: 'new@example.com', role: 'user', by }),
    hasTakenEffect: () => isThere({ email: 'new@example.com' }),
  },
  {
    kind: 'user_role_changed',
    run: (act) => changeRole(act, 'admin'),
    hasTakenEffect: ({ userId }) => isThere({ _id: userId, role: 'admin' }),
  },
  {
    kind: 'user_deactivated',
    run: deactivateUser,
    hasTakenEffect: ({ userId }) => isThere({ _id: userId, isActive: false }),
  },
  {
    kind: 'user_reactivated',
    before: { isActive: false },
    run: reactivateUser,
    hasTakenEffect: ({ userId }) => isThere({ _id: userId, isActive: true }),
  },
  {
    kind: 'user_invitation_withdrawn',
    run: withdrawInvitation,
    hasTakenEffect: async ({ userId }) => !(await isThere({ _id: userId })),
  },
  {
    kind: 'user_address_released',
    before: { microsoftId: `${tenantId}.object`, isActive: false },
    run: releaseAddress,
    hasTakenEffect: ({ userId }) => isThere({ _id: userId, email: `released-${userId.toHexString()}@msedb.invalid` }),
  },
];

const entriesOf = async (kind: string) => ({
  org: await OrgLog.countDocuments({ kind }),
  audit: await AuditLog.countDocuments({ action: kind }),
  open: await AuditLog.countDocuments({ action: kind, openSince: exists() }),
});

describe.each(acts)('$kind', ({ kind, before, run, hasTakenEffect }) => {
  it('has its entries exactly if it took effect, wherever the process died', async () => {
    let [deaths, effects] = [0, 0];
    for (let count = 1; ; count += 1) {
      await empty();
      const act = await people(before);
      const died = await store.dieAfter(count, () => run(act));

      const isDone = await hasTakenEffect(act);
      await recoverUserActs(later());

      const expected = isDone ? 1 : 0;
      expect([count, await entriesOf(kind)]).toEqual([count, { org: expected, audit: expected, open: 0 }]);
      if (isDone) effects += 1;
      if (!died) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThanOrEqual(4);
    expect(effects).toBeGreaterThanOrEqual(2);
  });
});

it('an act that took effect keeps its entries when another undoes it before anything is recovered', async () => {
  for (let count = 1; ; count += 1) {
    await empty();
    const act = await people();
    const died = await store.dieAfter(count, () => changeRole(act, 'admin'));
    const isDone = await isThere({ _id: act.userId, role: 'admin' });

    await changeRole(act, 'user');
    await recoverUserActs(later());

    const expected = isDone ? 2 : 0;
    expect([count, await entriesOf('user_role_changed')]).toEqual([count, { org: expected, audit: expected, open: 0 }]);
    if (!died) break;
  }
});

it('an act that is under way in another process is left alone', async () => {
  const act = await people();
  await store.dieAfter(4, () => deactivateUser(act));

  const report = await recoverUserActs(Date.now());

  expect(report).toEqual({ finished: 0, dropped: 0 });
  expect(await entriesOf('user_deactivated')).toEqual({ org: 1, audit: 1, open: 1 });
});

it('a refused act leaves no entry', async () => {
  const { by: userId } = await people();

  await expect(changeRole({ userId, by: userId }, 'user')).rejects.toMatchObject({ code: 'last_admin' });

  expect(await entriesOf('user_role_changed')).toEqual({ org: 0, audit: 0, open: 0 });
});

it('the first sign-in of an invited person, or of the first admin, is in the log once, wherever the process died', async () => {
  for (const isFirstAdmin of [false, true]) {
    for (let count = 1; ; count += 1) {
      await empty();
      if (!isFirstAdmin) await people({ email: 'ada@example.com' });
      const account = {
        microsoftId: `${tenantId}.ada`,
        tenantId,
        objectId: 'ada',
        names: ['ada@example.com'],
        isGuest: false,
      };
      const signIn = () =>
        admitUser(account, { firstAdmin: { email: 'ada@example.com', tenantId }, homeTenant: tenantId });
      const died = await store.dieAfter(count, signIn);

      const { logId } = await signIn();

      const entries = await OrgLog.find({ actor: logId ?? new Types.ObjectId() }).lean();
      expect([count, entries.map(({ kind }) => kind).toSorted()]).toEqual([count, ['account_bound', 'tenant_new']]);
      if (!died) break;
    }
  }
});

describe('a change of what MSEDB may do in a mailbox', () => {
  it.each(['look', 'act'] as const)('to %s has its entry and its notice exactly if it took effect', async (to) => {
    let deaths = 0;
    for (let count = 1; ; count += 1) {
      await empty();
      const { _id, userId } = await buildMailbox({ access: to === 'look' ? 'act' : 'look' });
      const died = await store.dieAfter(count, () => changeAccess({ userId, mailboxId: _id }, to));

      const isDone = (await Mailbox.findById(_id).orFail().lean()).access === to;
      await recoverAccessChanges(later());

      const expected = isDone ? 1 : 0;
      const notices = await Notification.countDocuments({ userId });
      expect([count, { ...(await entriesOf('mailbox_access_changed')), notices }]).toEqual([
        count,
        { org: 0, audit: expected, open: 0, notices: expected },
      ]);
      if (!died) break;
      deaths += 1;
    }
    expect(deaths).toBe(4);
  });
});
