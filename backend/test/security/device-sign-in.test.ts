import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectByDeviceCode } from '../../src/auth/sign-in/device-sign-in.ts';
import { AuditLog, Mailbox, models, User } from '../../src/models/index.ts';
import { useTestDatabase } from '../harness/database.ts';
import { adminEmail, startEntra, type TestEntra } from '../integration/auth/entra.ts';
import { countRows, invite, newPerson } from './sign-in-fixture.ts';

useTestDatabase(models);
let entra: TestEntra;
beforeAll(async () => {
  entra = await startEntra({ isPublicClient: true });
  entra.emulator.people.add({ email: adminEmail });
});
beforeEach(() => {
  entra.emulator.faults.clear();
  entra.emulator.signIn.needsAdmin = false;
});
afterAll(() => entra[Symbol.asyncDispose]());

/** Begins, and does on another machine what `choose` says: an address, or deny. */
function connect(choice: string | undefined, signal = AbortSignal.timeout(60_000)) {
  const codes: string[] = [];
  const show = ({ userCode, verificationUri }: { userCode: string; verificationUri: string }) => {
    codes.push(userCode);
    if (choice === undefined) return;
    const page = `${verificationUri}?user_code=${userCode}&emulator_answer=${encodeURIComponent(choice)}`;
    void fetch(page).then((reply) => reply.text());
  };
  return { codes, done: connectByDeviceCode(entra.deps, { show, signal }) };
}

describe('a sign-in by device code', () => {
  it('makes the first admin, and connects their mailbox with sealed tokens, as in the browser', async () => {
    const { codes, done } = connect(adminEmail);

    const mailboxId = await done;

    expect(codes).toEqual([expect.stringMatching(/^[A-Z]{9}$/)]);
    const row = await Mailbox.findById(mailboxId).lean().orFail();
    expect(row).toMatchObject({ email: adminEmail, isConnected: true });
    expect(row.msalCache).not.toContain('RefreshToken');
    expect(await User.findById(row.userId).lean()).toMatchObject({ email: adminEmail, role: 'admin' });
    expect(await AuditLog.countDocuments({ mailboxId, action: 'mailbox_connected' })).toBe(1);
    const token = await entra.process().getToken(mailboxId, { forceRefresh: true });
    expect(entra.emulator.grants.accessToken(token)?.person.email).toBe(adminEmail);
  });

  it('again leaves one row and one entry; what its owner disconnected is connected again', async () => {
    const { person } = await invite(entra);
    const first = await connect(person.email).done;
    expect(await connect(person.email).done).toEqual(first);
    expect(await AuditLog.countDocuments({ mailboxId: first, action: 'mailbox_connected' })).toBe(1);
    await Mailbox.updateOne({ _id: first }, { $set: { isConnected: false, disconnectReason: 'by_user' } });

    expect(await connect(person.email).done).toEqual(first);

    expect(await Mailbox.findById(first).lean()).toMatchObject({ isConnected: true });
  });

  it('lets nobody in who is not invited', async () => {
    const stranger = newPerson(entra);
    const before = await countRows();

    await expect(connect(stranger.email).done).rejects.toMatchObject({ status: 403, code: 'not_invited' });

    expect(await countRows()).toEqual(before);
  });

  it('that is declined, or that an administrator must allow, says so with its number', async () => {
    const { person } = await invite(entra);
    const before = await countRows();

    await expect(connect('deny').done).rejects.toThrow(/AADSTS65004/);
    entra.emulator.signIn.needsAdmin = true;
    const refused = connect(person.email).done;

    await expect(refused).rejects.toMatchObject({ status: 403, code: 'admin_consent_required' });
    await expect(refused).rejects.toThrow(/AADSTS90094/);
    expect(await countRows()).toEqual(before);
  });

  it('whose code nobody has entered in time says so, and leaves nothing', async () => {
    const before = await countRows();
    const { codes, done } = connect(undefined);
    done.catch(() => undefined);
    await expect.poll(() => codes.length).toBe(1);

    entra.emulator.signIn.expireDeviceCodes();

    await expect(done).rejects.toMatchObject({ status: 400, code: 'device_code_expired' });
    expect(await countRows()).toEqual(before);
  });

  it('that Microsoft finds too eager asks five seconds later, and goes on', async () => {
    const { person } = await invite(entra);
    entra.emulator.signIn.slowDownNext();
    const begun = performance.now();

    const mailboxId = await connect(person.email).done;

    expect(await Mailbox.findById(mailboxId).lean()).toMatchObject({ email: person.email, isConnected: true });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(5_000);
  });

  it('whose id token is not genuine is refused', async () => {
    const { person } = await invite(entra);
    const before = await countRows();
    entra.emulator.signIn.spoilNext({ signature: 'foreign' });

    await expect(connect(person.email).done).rejects.toMatchObject({ code: 'unusable_id_token' });

    expect(await countRows()).toEqual(before);
  });

  it('that is ended while it waits leaves nothing', async () => {
    const before = await countRows();
    const interrupt = new AbortController();
    const { codes, done } = connect(undefined, interrupt.signal);
    done.catch(() => undefined);
    await expect.poll(() => codes.length).toBe(1);

    interrupt.abort(new Error('ended'));

    await expect(done).rejects.toThrow('ended');
    expect(await countRows()).toEqual(before);
  });

  it('is refused where public clients are not allowed, before a code is shown that leads nowhere', async () => {
    entra.emulator.faults.add({ kind: 'entra', aadsts: 7000218, path: '/devicecode' });
    const { codes, done } = connect(adminEmail);

    await expect(done).rejects.toMatchObject({ status: 502, code: 'public_client_refused' });

    expect(codes).toEqual([]);
  });
});
