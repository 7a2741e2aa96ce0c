import type { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { mergeMailboxes } from '../../src/accounts/merge-mailboxes.ts';
import { sealedCache } from '../../src/auth/tokens/token-cache.ts';
import { dayMs } from '../../src/lib/durations.ts';
import {
  AuditLog,
  EmailEvent,
  type IMailbox,
  Mailbox,
  MessageState,
  Pattern,
  Rule,
  StagedEmail,
  User,
} from '../../src/models/index.ts';
import { MailboxLease } from '../../src/models/store/mailbox-lease.ts';
import { buildAuditLog } from '../factories/audit-log.ts';
import { buildEmailEvent } from '../factories/email-event.ts';
import { buildMessageState } from '../factories/message-state.ts';
import { buildPattern } from '../factories/pattern.ts';
import { buildRule } from '../factories/rule.ts';
import { buildStagedEmail } from '../factories/staged-email.ts';
import { redeemAs, tenantId } from '../integration/auth/entra.ts';
import { invite, newPerson, useEntra } from './sign-in-fixture.ts';

const fixture = useEntra(tenantId);
const rowOf = (id: unknown) => Mailbox.findById(id).lean().orFail();

/** A row as the version before stored it: an address and a directory, and whose it is only in its tokens. */
async function olderRow(userId: Types.ObjectId, account: string, fields: Partial<IMailbox> = {}) {
  const { entra } = fixture;
  const { serializedCache } = await redeemAs(entra.microsoft, (url) => entra.visit(url, account));
  const row = await Mailbox.create({
    userId,
    email: account,
    tenantId,
    isConnected: true,
    connectedAt: new Date(),
    ...fields,
  });
  await Mailbox.updateOne(
    { _id: row._id },
    { $set: { ...sealedCache(entra.vault, row._id, serializedCache), ...fields } },
  );
  return row._id;
}

/** Somebody who has signed in before, under an older version. */
async function olderUser() {
  const { person, userId } = await invite(fixture.entra);
  await User.updateOne({ _id: userId }, { microsoftId: `${person.tid}.${person.oid}` });
  return { person, userId };
}

/** What the version before made of a person whose address changed: two rows of one mailbox. */
async function renamedEarlier() {
  const { person, userId } = await olderUser();
  const before = person.email;
  const older = await olderRow(userId, before);
  const after = `married-${before}`;
  fixture.entra.emulator.people.change(before, { email: after });
  const newer = await olderRow(userId, after);
  return { person, userId, before, after, older, newer };
}

async function merge(options: Partial<Parameters<typeof mergeMailboxes>[0]> = {}) {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const exitCode = await mergeMailboxes({ vault: fixture.entra.vault, apply: false, print, ...options });
  return { exitCode, lines };
}

describe('a mailbox of an older version', () => {
  it('gets its identity at the next sign-in, and keeps its row', async () => {
    const { person, userId } = await olderUser();
    const mailboxId = await olderRow(userId, person.email);

    expect(await fixture.entra.signIn(person.email)).toMatchObject({ userId, mailboxId });

    expect(await rowOf(mailboxId)).toMatchObject({ tenantId: person.tid, objectId: person.oid });
  });

  it('is found by its tokens, whatever it is called by then', async () => {
    const { person, userId } = await olderUser();
    const mailboxId = await olderRow(userId, person.email);
    const email = `new-${person.email}`;
    fixture.entra.emulator.people.change(person.oid, { email });

    expect(await fixture.entra.signIn(email)).toMatchObject({ mailboxId });

    expect(await rowOf(mailboxId)).toMatchObject({ email });
  });

  it('without tokens is found by address and directory, and what its owner ended stays ended', async () => {
    const { person, userId } = await olderUser();
    const ended = { tenantId, isConnected: false, disconnectReason: 'by_user' } as const;
    const { _id } = await Mailbox.create({ userId, email: person.email, ...ended });

    expect((await fixture.entra.signInOnly(person.email)).mailboxId).toBeUndefined();

    expect(await Mailbox.find({ userId }).lean()).toMatchObject([{ _id, ...ended, objectId: person.oid }]);
  });

  it('of an account that was created anew is not handed over: its tokens name the other one', async () => {
    const { person, userId } = await olderUser();
    const { session } = await fixture.entra.signIn(person.email);
    const { email, oid } = newPerson(fixture.entra);
    const mailboxId = await olderRow(userId, email);
    fixture.entra.emulator.people.remove(email);
    newPerson(fixture.entra, { email });
    const { msalCache } = await rowOf(mailboxId);

    const connecting = fixture.entra.signIn(email, { purpose: 'connect', sessionId: session?.id ?? '' });

    await expect(connecting).rejects.toMatchObject({ status: 409, code: 'mailbox_address_taken' });
    expect(await rowOf(mailboxId)).toMatchObject({ objectId: oid, msalCache });
  });
});

describe('two rows of one mailbox', () => {
  it('do not keep the person out, and the older one is theirs', async () => {
    const { after, older, userId } = await renamedEarlier();

    expect(await fixture.entra.signIn(after)).toMatchObject({ userId, mailboxId: older });

    expect(await Mailbox.countDocuments({ userId })).toBe(2);
  });

  it('are shown first, and nothing is changed', async () => {
    const { older, newer, userId } = await renamedEarlier();
    const before = await Mailbox.find({ userId }).lean();

    const { exitCode, lines } = await merge();

    expect(exitCode).toBe(1);
    expect(lines.join('\n')).toContain(`${older.toHexString()} (rules: 0, events: 0) <- ${newer.toHexString()}`);
    expect(lines.join('\n')).not.toContain('@');
    expect(await Mailbox.find({ userId }).lean()).toEqual(before);
  });

  it('become one with rules, suggestions, history, staged mail and the kill switch of both', async () => {
    const { older, newer, userId, after, person } = await renamedEarlier();
    await fixture.entra.signIn(after);
    const [one, other] = [
      { userId, mailboxId: older },
      { userId, mailboxId: newer },
    ];
    const words = { conditions: { senderEmail: 'a@b.example' }, actions: [{ actionType: 'markRead' as const }] };
    await buildRule({ ...one, ...words, name: 'same', priority: 0, isEnabled: true });
    await buildRule({ ...other, ...words, name: 'same, switched off', priority: 0, isEnabled: false });
    const own = await buildRule({ ...other, name: 'own', priority: 1, conditions: { senderDomain: 'c.example' } });
    await buildPattern({ ...one, key: 'both', status: 'suggested' });
    await buildPattern({ ...other, key: 'both', status: 'rejected' });
    await buildPattern({ ...other, key: 'own' });
    const [early, late] = [new Date('2026-11-01T00:00:00Z'), new Date('2026-11-02T00:00:00Z')];
    const moved = { messageId: 'both', eventType: 'moved' } as const;
    await buildEmailEvent({ ...one, ...moved, timestamp: early, toFolder: 'first', stateVersion: 2 });
    await buildEmailEvent({ ...other, ...moved, timestamp: late, toFolder: 'second', stateVersion: 1 });
    await buildEmailEvent({ ...other, messageId: 'own', eventType: 'read' });
    await buildMessageState({ ...one, messageId: 'both', observedAt: early, folderId: 'first', version: 2 });
    await buildMessageState({ ...other, messageId: 'both', observedAt: late, folderId: 'second', version: 1 });
    await buildStagedEmail({ ...other, messageId: 'staged', ruleId: own._id });
    await buildAuditLog({ ...other, targetId: own._id.toString() });
    await Mailbox.updateOne(
      { _id: newer },
      {
        $set: {
          'settings.automationPaused': true,
          access: 'look',
          'settings.whitelistedDomains': ['d.example'],
          lastSyncAt: late,
          'deltaLinks.inbox': 'later',
        },
      },
    );

    expect((await merge({ apply: true })).exitCode).toBe(0);

    const [mailbox, ...none] = await Mailbox.find({ userId }).lean();
    expect(none).toEqual([]);
    expect(mailbox).toMatchObject({
      _id: older,
      email: after,
      objectId: person.oid,
      deltaLinks: { inbox: 'later' },
      access: 'look',
      settings: { automationPaused: true, whitelistedDomains: ['d.example'] },
    });
    expect(await Rule.find({ userId }, 'name mailboxId priority isEnabled').sort({ priority: 1 }).lean()).toMatchObject(
      [
        { name: 'same', mailboxId: older, isEnabled: false },
        { name: 'own', mailboxId: older, priority: 1 },
      ],
    );
    expect(await Pattern.find({ userId }).sort({ key: 1 }).lean()).toMatchObject([
      { key: 'both', status: 'rejected', mailboxId: older },
      { key: 'own', mailboxId: older },
    ]);
    expect(await EmailEvent.find({ userId }).sort({ messageId: 1 }).lean()).toMatchObject([
      {
        ...moved,
        mailboxId: older,
        occurrences: 2,
        toFolder: 'second',
        timestamp: late,
        history: [{ timestamp: early, toFolder: 'first' }],
      },
      { messageId: 'own', mailboxId: older },
    ]);
    expect(await MessageState.find({ userId }).lean()).toMatchObject([
      { mailboxId: older, folderId: 'second', version: 2 },
    ]);
    expect(await StagedEmail.find({ userId }).lean()).toMatchObject([{ messageId: 'staged', mailboxId: older }]);
    expect(await AuditLog.countDocuments({ userId, mailboxId: newer })).toBe(0);
    expect(await AuditLog.countDocuments({ userId, action: 'mailbox_merged' })).toBe(1);
    expect(await fixture.entra.process().getToken(older, { forceRefresh: true })).toBeTypeOf('string');
    expect((await merge({ apply: true })).lines.at(-1)).toBe('No mailbox has more than one row.');
  });

  it('count one occurrence that both rows saw once', async () => {
    const { older, newer, userId } = await renamedEarlier();
    const seen = { messageId: 'seen', eventType: 'deleted', timestamp: new Date(Date.now() - dayMs) } as const;
    for (const mailboxId of [older, newer]) await buildEmailEvent({ userId, mailboxId, ...seen });

    await merge({ apply: true });

    const [event, ...none] = await EmailEvent.find({ userId }).lean();
    expect(none).toEqual([]);
    expect(event).toMatchObject({ mailboxId: older, occurrences: 1 });
    expect(event).not.toHaveProperty('history');
  });

  it('keep the connection of the newer one when the older has lost its own', async () => {
    const { older } = await renamedEarlier();
    await Mailbox.updateOne({ _id: older }, { $set: { isConnected: false, disconnectReason: 'sign_in_required' } });

    await merge({ apply: true });

    expect(await rowOf(older)).toMatchObject({ isConnected: true });
    expect(await fixture.entra.process().getToken(older, { forceRefresh: true })).toBeTypeOf('string');
  });

  it('are left alone while something works on them', async () => {
    const { older, userId } = await renamedEarlier();
    const lease = await MailboxLease.acquire({
      field: 'syncLease',
      mailboxId: older,
      clock: Date.now,
      leaseMs: 60_000,
    });

    await expect(merge({ apply: true })).rejects.toThrow('is in use');

    expect(await Mailbox.countDocuments({ userId })).toBe(2);
    await lease?.release();
    await merge({ apply: true });
    expect(await Mailbox.countDocuments({ userId })).toBe(1);
  });
});

describe('a pair that an admin names', () => {
  it('is merged when its rows have no tokens', async () => {
    const { userId } = await invite(fixture.entra);
    const rows = [
      await Mailbox.create({ userId, email: 'old@example.com', isConnected: false }),
      await Mailbox.create({ userId, email: 'new@example.com', isConnected: false }),
    ];
    const [older = '', newer = ''] = rows.map(({ _id }) => _id.toHexString());

    expect((await merge({ apply: true, pair: [newer, older] })).exitCode).toBe(0);

    expect(await Mailbox.find({ userId }).lean()).toMatchObject([{ _id: rows[0]?._id, email: 'new@example.com' }]);
  });

  it('is refused when it is of two people, or of two accounts', async () => {
    const [one, other] = [await invite(fixture.entra), await invite(fixture.entra)];
    const first = (await olderRow(one.userId, one.person.email)).toHexString();
    const second = (await olderRow(other.userId, other.person.email)).toHexString();
    const third = (await olderRow(one.userId, newPerson(fixture.entra).email)).toHexString();

    await expect(merge({ apply: true, pair: [first, second] })).rejects.toThrow('different users');
    await expect(merge({ apply: true, pair: [first, third] })).rejects.toThrow('different Microsoft accounts');
  });
});
