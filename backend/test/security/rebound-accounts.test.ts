import { describe, expect, it } from 'vitest';
import { parseRebindings, rebindAccounts } from '../../src/accounts/rebind-accounts.ts';
import { readSession } from '../../src/auth/sessions.ts';
import { Mailbox, Rule, User } from '../../src/models/index.ts';
import { buildRule } from '../factories/rule.ts';
import { buildUser } from '../factories/user.ts';
import { tenantId } from '../integration/auth/entra.ts';
import { invite, newPerson, useEntra } from './sign-in-fixture.ts';

const fixture = useEntra(tenantId);

/** A person whose account was created anew under the same address. */
async function recreated() {
  const { person, userId } = await invite(fixture.entra);
  const { mailboxId, session } = await fixture.entra.signIn(person.email);
  const rule = await buildRule({ userId, mailboxId });
  fixture.entra.emulator.people.remove(person.email);
  const again = newPerson(fixture.entra, { email: person.email });
  const map = `# accounts\n${person.tid}.${person.oid},${again.tid}.${again.oid}\n`;
  return { email: person.email, userId, mailboxId, rule, map, sessionId: session?.id ?? '', again };
}

async function rebind(map: string, apply: boolean) {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const exitCode = await rebindAccounts({ rebindings: parseRebindings(map), vault: fixture.entra.vault, apply, print });
  return { exitCode, text: lines.join('\n') };
}

describe('npm run accounts:rebind', () => {
  it('shows first what it would do, and changes nothing', async () => {
    const { map, userId, mailboxId } = await recreated();
    const before = [await User.findById(userId).lean(), await Mailbox.findById(mailboxId).lean()];

    const { exitCode, text } = await rebind(map, false);

    expect(exitCode).toBe(1);
    expect(text).toContain('users 1, mailboxes 1');
    expect([await User.findById(userId).lean(), await Mailbox.findById(mailboxId).lean()]).toEqual(before);
  });

  it('gives the person back what was theirs, without the tokens and positions of the old mailbox', async () => {
    const { map, email, userId, mailboxId, rule, sessionId, again } = await recreated();
    await Mailbox.updateOne({ _id: mailboxId }, { $set: { 'deltaLinks.inbox': 'old', 'fullRounds.inbox': 'old' } });
    await expect(fixture.entra.signInOnly(email)).rejects.toMatchObject({ code: 'address_taken' });

    expect((await rebind(map, true)).exitCode).toBe(0);

    const row = await Mailbox.findById(mailboxId).lean().orFail();
    expect(row).toMatchObject({
      objectId: again.oid,
      isConnected: false,
      disconnectReason: 'sign_in_required',
    });
    expect([row.deltaLinks, row.fullRounds]).toEqual([{}, {}]);
    expect(row).not.toHaveProperty('msalCache');
    expect(await readSession(sessionId)).toBeUndefined();
    expect(await fixture.entra.signIn(email)).toMatchObject({ userId, mailboxId });
    expect(await Rule.exists({ _id: rule._id, mailboxId })).not.toBeNull();
    expect((await rebind(map, true)).text).toBe('0 accounts rebound.');
  });

  it('takes nothing from a user who has the new account', async () => {
    const { map, userId, again } = await recreated();
    await buildUser({ microsoftId: `${again.tid}.${again.oid}` });
    const before = await User.findById(userId).lean();

    const { exitCode, text } = await rebind(map, true);

    expect(exitCode).toBe(1);
    expect(text).toContain('left as it is');
    expect(await User.findById(userId).lean()).toEqual(before);
  });

  const id = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
  it.each([
    ['a line without ids', 'ada@example.com,bea@example.com', 'line 1 is not'],
    ['an account that is named twice', `${id}.${id},${id}.${id}\n${id}.${id},${id}.${id}`, 'is named twice'],
  ])('refuses %s', (_name, map, message) => {
    expect(() => parseRebindings(map)).toThrow(message);
  });
});
