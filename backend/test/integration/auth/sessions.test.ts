import { describe, expect, it } from 'vitest';
import {
  createSession,
  csrfToken,
  endAllSessions,
  endSession,
  readSession,
  verifyCsrf,
} from '../../../src/auth/sessions.ts';
import { randomId } from '../../../src/lib/crypto.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/lib/durations.ts';
import { Session, User } from '../../../src/models/index.ts';
import { buildUser } from '../../factories/user.ts';
import { useTestDatabase } from '../../harness/database.ts';

useTestDatabase();

describe('a session', () => {
  it('is known to the store by a hash only', async () => {
    const { _id: userId } = await buildUser();

    const { id } = await createSession(userId);

    expect(Buffer.from(id, 'base64url')).toHaveLength(32);
    const rows = await Session.find({ userId }).lean();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(id);
    expect(await readSession(rows[0]?.idHash ?? '')).toBeUndefined();
  });

  it('tells who is signed in, with the role of now', async () => {
    const { _id: userId, email } = await buildUser({ displayName: 'Ada', role: 'admin' });
    const { id, endsAt } = await createSession(userId);

    expect(await readSession(id)).toEqual({
      userId,
      email,
      displayName: 'Ada',
      role: 'admin',
      endsAt,
      idleEndsAt: expect.any(Date),
    });

    await User.updateOne({ _id: userId }, { role: 'user' });
    expect(await readSession(id)).toMatchObject({ role: 'user' });
  });

  it('is nobody’s when the id is a guess, or an empty text', async () => {
    expect(await readSession(randomId())).toBeUndefined();
    expect(await readSession('')).toBeUndefined();
  });

  it('ends after 2 hours without use', async () => {
    const { _id: userId } = await buildUser();
    const start = Date.now();
    const { id } = await createSession(userId, () => start);

    expect(await readSession(id, () => start + 2 * hourMs - 1)).toBeDefined();
    expect(await readSession(id, () => start + 4 * hourMs - 2)).toBeDefined();
    expect(await readSession(id, () => start + 6 * hourMs - 2)).toBeUndefined();
  });

  it('ends after 24 hours however much it is used', async () => {
    const { _id: userId } = await buildUser();
    const start = Date.now();
    const { id } = await createSession(userId, () => start);

    for (let hours = 1; hours < 24; hours += 1) {
      expect(await readSession(id, () => start + hours * hourMs)).toBeDefined();
    }

    expect(await readSession(id, () => start + dayMs)).toBeUndefined();
  });

  it('writes that it was used at most once a minute', async () => {
    const { _id: userId } = await buildUser();
    const start = Date.now();
    const { id } = await createSession(userId, () => start);
    const lastSeen = async () => (await Session.findOne({ userId }).lean().orFail()).lastSeenAt.getTime() - start;

    await readSession(id, () => start + minuteMs - 1);
    expect(await lastSeen()).toBe(0);

    await readSession(id, () => start + minuteMs);
    expect(await lastSeen()).toBe(minuteMs);
  });

  it('ends at once when it is ended, and the others of the user go on', async () => {
    const { _id: userId } = await buildUser();
    const [one, other] = [await createSession(userId), await createSession(userId)];

    await endSession(one.id);
    await endSession(one.id);

    expect(await readSession(one.id)).toBeUndefined();
    expect(await readSession(other.id)).toBeDefined();
  });

  it('ends with all others of its user, and with nobody else’s', async () => {
    const [user, stranger] = [await buildUser(), await buildUser()];
    const ours = [await createSession(user._id), await createSession(user._id)];
    const theirs = await createSession(stranger._id);

    await endAllSessions(user._id);

    for (const { id } of ours) expect(await readSession(id)).toBeUndefined();
    expect(await readSession(theirs.id)).toBeDefined();
  });

  it.each(['deactivated', 'deleted'])('is nobody’s as soon as its user is %s', async (how) => {
    const { _id: userId } = await buildUser();
    const { id } = await createSession(userId);

    if (how === 'deleted') await User.deleteOne({ _id: userId });
    else await User.updateOne({ _id: userId }, { isActive: false });

    expect(await readSession(id)).toBeUndefined();
  });
});

describe('the token that a write carries', () => {
  it('is the session’s own and does not show its id', () => {
    const [one, other] = [randomId(), randomId()];

    expect(verifyCsrf(one, csrfToken(one))).toBe(true);
    expect(verifyCsrf(one, csrfToken(other))).toBe(false);
    expect(verifyCsrf(one, undefined)).toBe(false);
    expect(verifyCsrf(one, '')).toBe(false);
    expect(verifyCsrf(one, one)).toBe(false);
    expect(csrfToken(one)).not.toContain(one);
  });
});
