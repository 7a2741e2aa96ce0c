import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from './emulator.ts';
import { control } from './testing/control-client.ts';
import { errorCode, graphAs, redeem, signIn } from './testing/app-client.ts';

const adaEmail = 'ada@contoso.example';

describe('accounts', () => {
  let emulator: Emulator;

  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(async () => {
    await emulator.close();
  });

  const people = (method: string, path: string, body?: unknown) => control(emulator, method, `/people${path}`, body);

  it('can have a sign-in name that is not their address', async () => {
    await people('POST', '', { email: adaEmail, userPrincipalName: 'a.l@contoso.onmicrosoft.example' });

    const graph = await graphAs(emulator, 'a.l@contoso.onmicrosoft.example');

    expect((await graph('/me?$select=mail,userPrincipalName')).body).toMatchObject({
      mail: adaEmail,
      userPrincipalName: 'a.l@contoso.onmicrosoft.example',
    });
  });

  it('can be without an address', async () => {
    await people('POST', '', { email: adaEmail, mail: null });

    expect((await (await graphAs(emulator, adaEmail))('/me?$select=mail')).body['mail']).toBeNull();
  });

  it('can be guests: accounts of their own, without a mailbox', async () => {
    await people('POST', '', { email: 'carol@fabrikam.example' });
    const { body } = await people('POST', '', { email: 'carol@fabrikam.example', guestOf: 'contoso.example' });
    await people('POST', '', { email: adaEmail });
    const name = 'carol_fabrikam.example#EXT#@contoso.example';

    const graph = await graphAs(emulator, name);
    const inbox = await graph('/me/mailFolders/inbox');

    expect(body).toMatchObject({ userPrincipalName: name, mail: 'carol@fabrikam.example', hasMailbox: false });
    expect(emulator.people.get(name).tid).toBe(emulator.people.get(adaEmail).tid);
    expect(emulator.people.get(name).oid).not.toBe(emulator.people.get('carol@fabrikam.example').oid);
    expect([inbox.status, errorCode(inbox)]).toEqual([404, 'MailboxNotEnabledForRESTAPI']);
  });

  it('can lose their license', async () => {
    await people('POST', '', { email: adaEmail });
    const graph = await graphAs(emulator, adaEmail);

    const before = await graph('/me/mailFolders/inbox');
    await people('PATCH', `/${adaEmail}`, { hasMailbox: false });
    const after = await graph('/me/mailFolders/inbox');

    expect([before.status, after.status, errorCode(after)]).toEqual([200, 404, 'MailboxNotEnabledForRESTAPI']);
  });

  it('keep object id, mail, tokens and links under a new address', async () => {
    const { oid } = emulator.people.add({ email: adaEmail });
    const graph = await graphAs(emulator, adaEmail);
    const first = await graph('/me/mailFolders/inbox/messages/delta?$select=subject');

    await people('PATCH', `/${adaEmail}`, { email: 'ada.lovelace@contoso.example' });
    emulator.people.get('ada.lovelace@contoso.example').does.deliver({ from: 'a@b.example' });
    const later = await graph(String(first.body['@odata.deltaLink']));

    expect((await graph('/me')).body).toMatchObject({ id: oid, mail: 'ada.lovelace@contoso.example' });
    expect(later.body['value']).toHaveLength(1);
    expect(emulator.people.find(adaEmail)).toBeUndefined();
    expect(emulator.truth.entries().at(-1)).toMatchObject({ mailbox: 'ada.lovelace@contoso.example' });
  });

  it('are somebody else when an address is given away again', async () => {
    const { oid } = emulator.people.add({ email: adaEmail });
    const { refreshToken } = await signIn(emulator, adaEmail);
    const old = await graphAs(emulator, adaEmail);
    const { body } = await old('/me/mailFolders/inbox/messages/delta?$select=subject');

    await people('DELETE', `/${adaEmail}`);
    await people('POST', '', { email: adaEmail });
    const renewed = await redeem(emulator, { grant_type: 'refresh_token', refresh_token: refreshToken });
    const graph = await graphAs(emulator, adaEmail);
    const stale = await graph(String(body['@odata.deltaLink']));

    expect((await graph('/me')).body['id']).not.toBe(oid);
    expect(renewed.body).toMatchObject({ error: 'invalid_grant', error_codes: [50034] });
    expect((await old('/me/mailFolders/inbox')).status).toBe(404);
    expect([stale.status, errorCode(stale)]).toEqual([400, 'ErrorInvalidSyncStateData']);
  });
});
