import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { linkRefusals } from '../../../../emulator/graph/link-refusals.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { hourMs, minuteMs } from '../../../../src/lib/durations.ts';
import { createLogger } from '../../../../src/lib/logger.ts';
import { Mailbox, models, Notification, User } from '../../../../src/models/index.ts';
import { readCoverage } from '../../../../src/observation/coverage/coverage-report.ts';
import { mailboxState } from '../../../../src/observation/states/mailbox-state.ts';
import { readStateFacts } from '../../../../src/observation/states/read-states.ts';
import { buildUser } from '../../../factories/user.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { SyncFixture } from './sync-fixture.ts';

useTestDatabase(models);
let fixture: SyncFixture;
let logger: ReturnType<typeof createLogger>;
beforeEach(async () => {
  fixture = await SyncFixture.start(['Receipts', 'Travel']);
  logger = createLogger({ level: 'error', style: 'readable' });
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(logger, level).mockReturnValue(logger);
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

async function state() {
  const rows = await Mailbox.find({ _id: fixture.mailboxId }).lean();
  const [facts] = await readStateFacts(rows);
  if (facts === undefined) throw new Error('The mailbox is gone');
  return mailboxState(facts, fixture.clock());
}

async function titles(userId = fixture.userId): Promise<string[]> {
  return (await Notification.find({ userId }).sort({ createdAt: 1, _id: 1 }).lean()).map(({ title }) => title);
}

function refuse(status: number, code: string, path = ''): () => number {
  return fixture.emulator.faults.add({ kind: 'error', target: 'graph', status, code, path });
}

const sync = (more: Parameters<SyncFixture['sync']>[0] = {}) => fixture.sync({ logger, ...more });

describe('a mailbox that cannot be read', () => {
  it.each([
    [404, 'MailboxNotEnabledForRESTAPI', 'no_mailbox', 'tenant_admin', 'no_mailbox'],
    [404, 'ErrorMailboxNotEnabledForRESTAPI', 'no_mailbox', 'tenant_admin', 'no_mailbox'],
    [403, 'ErrorAccessDenied', 'access_denied', 'tenant_admin', 'denied'],
    [401, 'InvalidAuthenticationToken', 'token_refused', 'owner', 'refused'],
    [400, 'BadRequest', 'answer_refused', 'operator', 'refused'],
  ] as const)('says so: %i %s', async (...[status, code, reason, mustAct, outcome]) => {
    await sync();
    refuse(status, code);

    const [report] = await sync();

    expect(report?.outcome).toBe(outcome);
    expect(await state()).toMatchObject({ kind: 'cannot_be_read', reason, mustAct, code });
    expect(await titles()).toEqual(['A mailbox cannot be read']);
  });

  it('is told once, however often it fails, in whatever process, and once when it is read again', async () => {
    await sync();
    refuse(404, 'MailboxNotEnabledForRESTAPI');
    await sync();
    // the process dies before it can note that it has told
    await Mailbox.updateOne({ _id: fixture.mailboxId }, { $set: { 'readFault.told': [] } });
    for (let attempt = 0; attempt < 3; attempt += 1) await sync();
    const bad = await titles();
    fixture.emulator.faults.clear();
    await sync();
    await sync();

    expect(bad).toEqual(['A mailbox cannot be read']);
    expect(await titles()).toEqual(['A mailbox cannot be read', 'A mailbox is read again']);
    expect((await state()).kind).toBe('watching_interval');
    const mailboxId = fixture.mailboxId.toHexString();
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
      'A mailbox cannot be read',
      expect.objectContaining({ mailboxId, reason: 'no_mailbox', mustAct: 'tenant_admin' }),
    );
    expect(logger.info).toHaveBeenCalledExactlyOnceWith(
      'A mailbox is read again',
      expect.objectContaining({ mailboxId }),
    );
  });

  it('is an error in the log, and told to the admins once a day, when only the operator can help', async () => {
    const admin = await buildUser({ role: 'admin' });
    const other = await SyncFixture.start([], fixture.emulator);
    const refused = new AppError(503, 'try_later', 'The client secret has expired');
    const deps = {
      logger,
      applicationRefusal: (error: unknown) => (error === refused ? 'invalid_client' : undefined),
      graphOf: () => ({
        ...fixture.client,
        send: () => Promise.reject(refused),
      }),
    };

    await fixture.syncOnce(deps);
    await other.syncOnce(deps);
    await fixture.syncOnce(deps);

    expect(await state()).toMatchObject({ reason: 'application_refused', mustAct: 'operator', code: 'invalid_client' });
    expect(await titles()).toEqual(['A mailbox cannot be read']);
    expect(await titles(admin._id)).toEqual(['Mailboxes cannot be read']);
    expect(logger.error).toHaveBeenCalledTimes(2);
    await User.deleteOne({ _id: admin._id });
  });

  it('tells a guest that guests have no mailbox', async () => {
    const person = fixture.emulator.people.add({ email: 'carol@fabrikam.example', guestOf: 'contoso.example' });
    const guest = await SyncFixture.start([], fixture.emulator, person);
    await Mailbox.updateOne({ _id: guest.mailboxId }, { $set: { email: person.userPrincipalName } });

    const [report] = await guest.sync({ logger });

    expect(report?.outcome).toBe('no_mailbox');
    expect((await guest.row()).readFault).toMatchObject({ reason: 'guest' });
  });

  it('was not watched in that time', async () => {
    await sync();
    refuse(403, 'ErrorAccessDenied');
    fixture.skewMs += 20 * minuteMs;
    await sync();
    const begin = fixture.clock();
    const key = { userId: fixture.userId.toHexString(), mailboxId: fixture.mailboxId.toHexString() };
    fixture.skewMs += 5 * hourMs;
    await sync();
    const open = await readCoverage(key, fixture.clock());
    fixture.emulator.faults.clear();
    await sync();
    const closed = await readCoverage(key, fixture.clock());

    expect(open.windows).toMatchObject([{ to: undefined, reason: 'unreadable' }]);
    expect(closed.windows).toMatchObject([{ to: expect.any(Date), reason: 'unreadable' }]);
    for (const { windows, blindSeconds } of [open, closed]) {
      expect(Math.abs((windows[0]?.from.getTime() ?? 0) - begin)).toBeLessThan(minuteMs);
      expect(Math.abs(blindSeconds - (5 * hourMs) / 1_000)).toBeLessThan(60);
    }
  });

  it('is so as well when each folder refuses to be read', async () => {
    await sync();
    refuse(403, 'ErrorAccessDenied', '/messages/delta');

    const [report] = await sync();

    expect(report?.outcome).toBe('denied');
    expect(await state()).toMatchObject({ kind: 'cannot_be_read', reason: 'access_denied' });
  });
});

describe('a mailbox that is behind', () => {
  it('is told of after an hour of failures that pass, once, and once when that is over', async () => {
    await sync();
    fixture.emulator.faults.add({ kind: 503, target: 'graph' });
    const told: number[] = [];
    for (let minutes = 0; minutes <= 90; minutes += 15) {
      fixture.skewMs += 15 * minuteMs;
      await sync().catch(() => undefined);
      told.push((await titles()).length);
    }
    const during = await state();
    fixture.emulator.faults.clear();
    await sync();

    expect(told).toEqual([0, 0, 0, 0, 1, 1, 1]);
    expect(during).toMatchObject({ kind: 'behind', reason: 'failing', mustAct: null });
    expect(await titles()).toEqual(['A mailbox is read late', 'A mailbox is read again']);
    expect((await state()).kind).toBe('watching_interval');
  });

  it('is so while one folder is refused, although the others are read', async () => {
    fixture.person.does.deliver({ from: 'a@b.example', subject: 'read' });
    await sync();
    const receipts = encodeURIComponent(fixture.folderId('Receipts'));
    refuse(403, 'ErrorAccessDenied', `${receipts}/messages/delta`);
    fixture.person.does.deliver({ from: 'a@b.example', subject: 'read later' });

    const [report] = await sync();
    const during = await state();
    fixture.emulator.faults.clear();
    await sync();

    expect(report).toMatchObject({ outcome: 'finished', failedFolders: 1 });
    expect(during).toMatchObject({ kind: 'behind', reason: 'folders', folders: 1, code: 'ErrorAccessDenied' });
    expect(await fixture.ledger()).toHaveLength(2);
    expect((await state()).kind).toBe('watching_interval');
    expect(await titles()).toEqual([]);
  });
});

describe('a stored link that is refused', () => {
  it.each(linkRefusals)('with %s is dropped once, of folders and of messages', async (code) => {
    fixture.person.does.deliver({ from: 'a@b.example', subject: 'known' });
    await sync();
    fixture.person.mailbox.deltaEpoch += 1;
    fixture.person.mailbox.linkRefusal = code;
    fixture.person.does.deliver({ from: 'a@b.example', subject: 'new' });

    const [report] = await sync();

    expect(report).toMatchObject({ outcome: 'finished', failedFolders: 0 });
    expect((await fixture.ledger()).map(({ subject }) => subject)).toEqual(['known', 'new']);
  });

  it('again and again does not begin the folder for ever: the mailbox is behind', async () => {
    fixture.pageSize = 1;
    for (let index = 0; index < 3; index += 1)
      fixture.person.does.deliver({ from: 'a@b.example', subject: `${index}` });
    fixture.emulator.awkward.set({ decayedLink: 1 });

    const reports = await sync({ budgetMs: 0 });

    expect(reports.length).toBeLessThan(30);
    expect((await state()).kind).toMatch(/behind|cannot_be_read/);
    fixture.emulator.awkward.set(false);
    await sync();
    expect((await state()).kind).toBe('watching_interval');
    expect(await fixture.ledger()).toHaveLength(3);
  }, 60_000);

  it('with 401 is kept', async () => {
    await sync();
    const { deltaLinks } = await fixture.row();
    refuse(401, 'InvalidAuthenticationToken', 'delta');

    await sync();

    expect((await fixture.row()).deltaLinks).toEqual(deltaLinks);
  });
});
