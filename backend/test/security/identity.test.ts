import { describe, expect, it } from 'vitest';
import { AuditLog, Mailbox, Notification, Rule, User } from '../../src/models/index.ts';
import { buildMailbox } from '../factories/mailbox.ts';
import { buildRule } from '../factories/rule.ts';
import { nextNumber } from '../factories/sequence.ts';
import { buildUser } from '../factories/user.ts';
import { startEntra, tenantId } from '../integration/auth/entra.ts';
import { countRows, invite, newPerson, useEntra } from './sign-in-fixture.ts';

const fixture = useEntra(tenantId);
const rowOf = (id: unknown) => Mailbox.findById(id).lean().orFail();

/** A person who has signed in, with a rule and the kill switch on. */
async function settled() {
  const { person, userId } = await invite(fixture.entra);
  const { mailboxId, session } = await fixture.entra.signIn(person.email);
  const rule = await buildRule({ userId, mailboxId });
  const set = { 'settings.automationPaused': true, 'deltaLinks.inbox': 'link' };
  await Mailbox.updateOne({ _id: mailboxId }, { $set: set });
  return { person, userId, mailboxId, rule, sessionId: session?.id ?? '' };
}

describe('a person whose address changes', () => {
  it('keeps one mailbox with its rules, history and kill switch, under the new address', async () => {
    const { person, userId, mailboxId, rule } = await settled();
    const before = person.email;
    const after = `married-${before}`;
    fixture.entra.emulator.people.change(before, { email: after });

    expect(await fixture.entra.signIn(after)).toMatchObject({ userId, mailboxId });

    expect(await Mailbox.find({ userId }).lean()).toMatchObject([
      {
        _id: mailboxId,
        email: after,
        settings: { automationPaused: true },
        objectId: person.oid,
        tenantId: person.tid,
      },
    ]);
    expect(await User.findById(userId).lean()).toMatchObject({ email: after });
    expect(await Rule.exists({ _id: rule._id, mailboxId })).not.toBeNull();
    const audited = await AuditLog.find({ userId, action: /_renamed$/ }, 'action details').lean();
    expect(audited.map(({ action, details }) => ({ action, details }))).toEqual(
      expect.arrayContaining([
        { action: 'user_renamed', details: { from: before, to: after } },
        { action: 'mailbox_renamed', details: { from: before, to: after } },
      ]),
    );
  });

  it('has a further mailbox follow its new address when it is connected again', async () => {
    const { sessionId } = await settled();
    const { email, oid } = newPerson(fixture.entra);
    const { mailboxId } = await fixture.entra.signIn(email, { purpose: 'connect', sessionId });
    const renamed = `renamed-${email}`;
    fixture.entra.emulator.people.change(oid, { email: renamed });

    expect(await fixture.entra.signIn(renamed, { purpose: 'connect', sessionId })).toMatchObject({ mailboxId });

    expect(await rowOf(mailboxId)).toMatchObject({ email: renamed });
  });

  it('signs in under the old address of nobody: two people who swap addresses keep what is theirs', async () => {
    const [one, other] = [await settled(), await settled()];
    const { people } = fixture.entra.emulator;
    const [a, b] = [one.person.email, other.person.email];
    people.change(one.person.oid, { email: `interim-${a}` });
    people.change(other.person.oid, { email: a });
    people.change(one.person.oid, { email: b });

    expect(await fixture.entra.signIn(b)).toMatchObject({ userId: one.userId, mailboxId: one.mailboxId });
    expect(await fixture.entra.signIn(a)).toMatchObject({ userId: other.userId, mailboxId: other.mailboxId });
  });
});

describe('another account under the same address', () => {
  it('is a clear 409, and takes over neither user nor mailbox', async () => {
    const { person, mailboxId } = await settled();
    const { email } = person;
    const before = await rowOf(mailboxId);
    fixture.entra.emulator.people.remove(email);
    newPerson(fixture.entra, { email });
    const rows = await countRows();

    await expect(fixture.entra.signInOnly(email)).rejects.toMatchObject({ status: 409, code: 'address_taken' });

    expect(await countRows()).toEqual(rows);
    expect(await rowOf(mailboxId)).toEqual(before);
  });

  it('is a 409 where a mailbox is connected: no tokens, links or rules of the other', async () => {
    const { userId, sessionId } = await settled();
    const { email } = newPerson(fixture.entra);
    const connect = () => fixture.entra.signIn(email, { purpose: 'connect', sessionId });
    const { mailboxId } = await connect();
    const before = await rowOf(mailboxId);
    fixture.entra.emulator.people.remove(email);
    newPerson(fixture.entra, { email });

    await expect(connect()).rejects.toMatchObject({ status: 409, code: 'mailbox_address_taken' });

    expect(await rowOf(mailboxId)).toEqual(before);
    expect(await Mailbox.countDocuments({ userId, email })).toBe(1);
  });

  it('keeps nobody from signing in: they are told about their mailbox', async () => {
    const { person, userId } = await invite(fixture.entra);
    const stranger = { tenantId: person.tid, objectId: 'ffffffff-0000-4000-8000-000000000000' };
    const squatter = await buildMailbox({ userId, email: person.email, ...stranger });

    const result = await fixture.entra.signInOnly(person.email);

    expect(result.session).toBeDefined();
    expect(result.mailboxId).toBeUndefined();
    expect(await Notification.find({ userId }).lean()).toMatchObject([{ title: 'Your mailbox is not connected' }]);
    expect(await rowOf(squatter._id)).toMatchObject(stranger);
  });
});

/** A sign-in name that is not the address. */
const upn = () => ({ userPrincipalName: `u${nextNumber()}@example.com` });

describe('the names of an account', () => {
  it.each(['mail', 'userPrincipalName'] as const)('admit a member who was invited by %s', async (field) => {
    const person = newPerson(fixture.entra, upn());
    const { _id } = await buildUser({ email: person[field] ?? '', tenantId });

    expect(await fixture.entra.signIn(person.userPrincipalName)).toMatchObject({ userId: _id });
    expect(await User.findById(_id).lean()).toMatchObject({ email: person[field] });
  });

  it('do not count as mail in a directory that is not ours: its admin may write any address', async () => {
    await using entra = await startEntra();
    const { email } = newPerson(entra);
    await buildUser({ email, tenantId: '99999999-8888-4777-8666-555555555555' });
    const draft = { email: 'x@evil.example', mail: email, tenantId: '99999999-8888-4777-8666-555555555555' };
    const evil = newPerson(entra, draft);

    await expect(entra.signInOnly(evil.userPrincipalName)).rejects.toMatchObject({ status: 403, code: 'not_invited' });
  });

  it('are told to who was not invited under them', async () => {
    await buildUser({ role: 'admin' });
    const person = newPerson(fixture.entra, upn());

    const refusal = await fixture.entra.signInOnly(person.userPrincipalName).catch((error: unknown) => error);

    expect(refusal).toMatchObject({ status: 403, code: 'not_invited' });
    for (const name of [person.mail ?? '', person.userPrincipalName, tenantId]) expect(String(refusal)).toContain(name);
  });

  it('are no reason to refuse anybody while Graph does not tell them', async () => {
    const person = newPerson(fixture.entra, upn());
    const { _id } = await buildUser({ email: person.mail ?? '', tenantId });
    fixture.entra.emulator.faults.add({ kind: 'error', target: 'graph', path: '/me', status: 403, code: 'Forbidden' });

    await expect(fixture.entra.signInOnly(person.userPrincipalName)).rejects.toMatchObject({
      status: 503,
      code: 'microsoft_unavailable',
    });

    expect(await User.findById(_id).lean()).not.toHaveProperty('microsoftId');
  });

  it('of a guest open nothing: the mailbox is in another organization', async () => {
    const guest = newPerson(fixture.entra, { email: 'carol@fabrikam.example', guestOf: 'example.com' });
    await buildUser({ email: 'carol@fabrikam.example', tenantId });

    await expect(fixture.entra.signInOnly(guest.userPrincipalName)).rejects.toMatchObject({
      status: 403,
      code: 'guest_account',
    });
  });
});

describe('an invitation', () => {
  it('is for one directory: the same address in another one is nobody', async () => {
    await using entra = await startEntra();
    const { person } = await invite(entra);
    const evil = '99999999-8888-4777-8666-555555555555';
    const iss = `${entra.emulator.loginUrl.replace('http:', 'https:')}/${evil}/v2.0`;
    entra.emulator.signIn.spoilNext({ claims: { tid: evil, iss } });
    const before = await countRows();

    await expect(entra.signInOnly(person.email)).rejects.toMatchObject({ status: 403, code: 'not_invited' });

    expect(await countRows()).toEqual(before);
  });

  it('without a directory is for that of who sent it', async () => {
    await using entra = await startEntra();
    const inviter = await buildUser({ role: 'admin', microsoftId: `99999999-8888-4777-8666-555555555555.x` });
    const person = newPerson(entra);
    const user = await buildUser({ email: person.email, invitedBy: inviter._id });

    await expect(entra.signInOnly(person.email)).rejects.toMatchObject({ code: 'not_invited' });

    await User.updateOne({ _id: inviter._id }, { microsoftId: `${tenantId}.x` });
    expect(await entra.signIn(person.email)).toMatchObject({ userId: user._id });
  });

  it('of the first admin is for their directory', async () => {
    await using entra = await startEntra();
    await User.deleteMany({});
    const deps = { ...entra.deps, adminTenantId: '99999999-8888-4777-8666-555555555555' };
    const { email } = newPerson(entra, { email: 'admin@example.com' });
    Object.assign(entra.deps, deps);

    await expect(entra.signInOnly(email)).rejects.toMatchObject({ status: 403, code: 'not_invited' });

    expect(await User.countDocuments({})).toBe(0);
  });
});
