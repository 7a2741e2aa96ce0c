import { describe, expect, it } from 'vitest';
import type { SpoiledToken } from '../../emulator/entra/sign-in.ts';
import { consumersTenant } from '../../src/auth/microsoft/id-tokens.ts';
import { User } from '../../src/models/index.ts';
import { startEntra, tenantId } from '../integration/auth/entra.ts';
import { countRows, invite, useEntra } from './sign-in-fixture.ts';

const fixture = useEntra(tenantId);
const nowSeconds = () => Math.floor(Date.now() / 1_000);
const otherTenant = '99999999-8888-4777-8666-555555555555';

/** The issuer of a directory at this emulator. */
const issuerOf = (tid: string) => `${fixture.entra.emulator.loginUrl.replace('http:', 'https:')}/${tid}/v2.0`;

describe('an id token lets nobody in', () => {
  it.each<[string, () => SpoiledToken, string]>([
    ['that a key of somebody else has signed', () => ({ signature: 'foreign' }), 'unusable_id_token'],
    ['that nobody has signed', () => ({ signature: 'none' }), 'unusable_id_token'],
    ['whose claims were changed after it was signed', () => ({ signature: 'broken' }), 'unusable_id_token'],
    ['of another issuer', () => ({ claims: { iss: 'https://login.evil.example/v2.0' } }), 'unusable_id_token'],
    ['whose issuer is of another directory', () => ({ claims: { iss: issuerOf(otherTenant) } }), 'unusable_id_token'],
    ['of another directory', () => ({ claims: { tid: otherTenant, iss: issuerOf(otherTenant) } }), 'wrong_tenant'],
    ['for another app', () => ({ claims: { aud: 'another' } }), 'unusable_id_token'],
    ['that has expired', () => ({ claims: { exp: nowSeconds() - 400 } }), 'clock_differs'],
    ['that is not valid yet', () => ({ claims: { nbf: nowSeconds() + 400 } }), 'clock_differs'],
    ['that never ends', () => ({ claims: { exp: null } }), 'unusable_id_token'],
    ['without an issuer', () => ({ claims: { iss: null } }), 'unusable_id_token'],
    ['of another sign-in', () => ({ claims: { nonce: 'another' } }), 'sign_in_again'],
    ['whose object id is no id', () => ({ claims: { oid: { $ne: null } } }), 'unusable_id_token'],
    [
      'whose object id would end another identity',
      () => ({ claims: { oid: `x.${'a'.repeat(36)}` } }),
      'unusable_id_token',
    ],
  ])('%s', async (_name, spoil, code) => {
    const { person } = await invite(fixture.entra);
    const before = await countRows();
    fixture.entra.emulator.signIn.spoilNext(spoil());

    await expect(fixture.entra.signInOnly(person.email)).rejects.toMatchObject({ code });

    expect(await countRows()).toEqual(before);
    expect(await User.findOne({ email: person.email }).lean()).not.toHaveProperty('microsoftId');
  });

  it('of a personal account, where those of organizations may sign in', async () => {
    await using entra = await startEntra({}, 'organizations');
    const { person } = await invite(entra);
    const iss = `${entra.emulator.loginUrl.replace('http:', 'https:')}/${consumersTenant}/v2.0`;
    entra.emulator.signIn.spoilNext({ claims: { tid: consumersTenant, iss } });

    await expect(entra.signInOnly(person.email)).rejects.toMatchObject({ status: 403, code: 'wrong_tenant' });
  });
});

describe('claims', () => {
  it('are bounded: a name is cut, and loses what controls a terminal', async () => {
    const { person, userId } = await invite(fixture.entra);
    fixture.entra.emulator.signIn.spoilNext({ claims: { name: `Mal\u001b[2Jlory ${'x'.repeat(50_000)}` } });

    await fixture.entra.signIn(person.email);

    const { displayName = '' } = await User.findById(userId).lean().orFail();
    expect(displayName).toHaveLength(256);
    expect(displayName.startsWith('Mal [2Jlory x')).toBe(true);
  });

  it('may lack preferred_username: Graph names the account', async () => {
    const { person, userId } = await invite(fixture.entra);
    fixture.entra.emulator.signIn.spoilNext({ claims: { preferred_username: null } });

    expect(await fixture.entra.signIn(person.email)).toMatchObject({ userId });
  });
});
