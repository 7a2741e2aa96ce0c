import type { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { AuditLog, Mailbox } from '../../src/models/index.ts';
import { purgeMailbox } from '../../src/accounts/purge.ts';
import { discardTokens } from '../../src/auth/mailboxes/mailbox-disconnection.ts';
import { refusalContext } from '../harness/refusal-context.ts';
import { tenantId } from '../integration/auth/entra.ts';
import { invite, useEntra } from './sign-in-fixture.ts';

const fixture = useEntra(tenantId);
const rowOf = (id: unknown) => Mailbox.findById(id).lean().orFail();
const connections = (userId: unknown) => AuditLog.countDocuments({ userId, action: 'mailbox_connected' });

/** Purges a mailbox; nothing of it is at Graph or in Redis. */
function purge(userId: Types.ObjectId, mailboxId: Types.ObjectId): Promise<void> {
  const key = { userId: userId.toHexString(), mailboxId: mailboxId.toHexString() };
  return purgeMailbox(key, {
    logger: refusalContext.logger,
    deleteSubscriptions: async () => undefined,
    handBackStaged: async ({ leave }) => leave().then(() => ({ left: 0 })),
    forgetInRedis: async () => undefined,
  });
}

describe('signing in', () => {
  it('does not reconnect a mailbox that its owner disconnected', async () => {
    const { person, userId } = await invite(fixture.entra);
    const { mailboxId } = await fixture.entra.signIn(person.email);
    await discardTokens(userId, mailboxId);
    const before = await rowOf(mailboxId);

    const { session, mailboxId: connected } = await fixture.entra.signInOnly(person.email);

    expect(session).toBeDefined();
    expect(connected).toBeUndefined();
    expect(await rowOf(mailboxId)).toEqual(before);
    expect(await connections(userId)).toBe(1);
  });

  it('does not bring back a mailbox that its owner purged, until they connect it', async () => {
    const { person, userId } = await invite(fixture.entra);
    const { mailboxId, session } = await fixture.entra.signIn(person.email);
    await purge(userId, mailboxId);

    expect((await fixture.entra.signInOnly(person.email)).mailboxId).toBeUndefined();
    expect(await Mailbox.countDocuments({ userId })).toBe(0);

    const again = await fixture.entra.signInOnly(person.email);
    const sessionId = again.session?.id ?? session?.id ?? '';
    await fixture.entra.signIn(person.email, { purpose: 'connect', sessionId });
    expect(await fixture.entra.signIn(person.email)).toMatchObject({ userId });
  });

  it('does not bring back one that was purged while its row had no identity yet', async () => {
    const { person, userId } = await invite(fixture.entra);
    const { mailboxId } = await fixture.entra.signIn(person.email);
    await Mailbox.updateOne({ _id: mailboxId }, { $unset: { objectId: 1 } });

    await purge(userId, mailboxId);

    expect((await fixture.entra.signInOnly(person.email)).mailboxId).toBeUndefined();
    expect(await Mailbox.countDocuments({ userId })).toBe(0);
  });

  it('is not connecting: audit and connectedAt stay, the tokens are renewed', async () => {
    const { person, userId } = await invite(fixture.entra);
    const { mailboxId } = await fixture.entra.signIn(person.email);
    const before = await rowOf(mailboxId);

    await fixture.entra.signIn(person.email);

    const after = await rowOf(mailboxId);
    expect(after.connectedAt).toEqual(before.connectedAt);
    expect(after.msalCache).not.toBe(before.msalCache);
    expect(await connections(userId)).toBe(1);
  });

  it('reconnects a mailbox whose grant had died: that is what the notification asks for', async () => {
    const { person, userId } = await invite(fixture.entra);
    const { mailboxId } = await fixture.entra.signIn(person.email);
    fixture.entra.emulator.grants.revoke(fixture.entra.emulator.people.get(person.email), 'invalid_grant');
    await expect(fixture.entra.process().getToken(mailboxId, { forceRefresh: true })).rejects.toThrow('disconnected');

    expect(await fixture.entra.signIn(person.email)).toMatchObject({ mailboxId });

    expect(await rowOf(mailboxId)).toMatchObject({ isConnected: true });
    expect(await connections(userId)).toBe(2);
  });
});
