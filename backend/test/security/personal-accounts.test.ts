import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redeem, signIn as signInAtMicrosoft } from '../../emulator/testing/app-client.ts';
import { consumersTenant } from '../../src/auth/microsoft/id-tokens.ts';
import { Mailbox, models, User } from '../../src/models/index.ts';
import { buildUser } from '../factories/user.ts';
import { useTestDatabase } from '../harness/database.ts';
import { adminEmail, startEntra, type TestEntra } from '../integration/auth/entra.ts';
import { countRows } from './sign-in-fixture.ts';

const patEmail = 'pat@outlook.example';

useTestDatabase(models);
let entra: TestEntra | undefined;
beforeEach(() => Promise.all([User.deleteMany({}), Mailbox.deleteMany({})]));
afterEach(() => entra?.[Symbol.asyncDispose]());

/** Entra ID with a personal account, and the service for a directory. */
async function started(tenant: string, mail: string | null = patEmail): Promise<TestEntra> {
  entra = await startEntra({}, tenant);
  entra.emulator.people.add({ email: patEmail, mail, tenantId: consumersTenant });
  return entra;
}

describe('a personal account', () => {
  it.each(['consumers', 'common'])('that is invited signs in where the directory is %s', async (tenant) => {
    const at = await started(tenant);
    const { _id } = await buildUser({ email: patEmail, tenantId: consumersTenant });

    const { mailboxId, userId } = await at.signIn(patEmail);

    expect(userId).toEqual(_id);
    const token = await at.process().getToken(mailboxId, { forceRefresh: true });
    expect(at.emulator.grants.accessToken(token)?.person.tid).toBe(consumersTenant);
  });

  it('may be the first admin, by address and directory together', async () => {
    const at = await started('consumers');
    const deps = { ...at.deps, adminEmail: patEmail, adminTenantId: consumersTenant };
    Object.assign(at.deps, deps);

    const { userId } = await at.signInOnly(patEmail);

    expect(await User.findById(userId).lean()).toMatchObject({ role: 'admin', email: patEmail });
  });

  it.each(['consumers', 'common'])(
    'is not who its mail says, though its directory is configured: %s',
    async (tenant) => {
      const victim = 'victim@outlook.example';
      const at = await started(tenant, victim);
      await buildUser({ email: victim, tenantId: consumersTenant });
      const before = await countRows();

      await expect(at.signInOnly(patEmail)).rejects.toMatchObject({ status: 403, code: 'not_invited' });

      expect(await countRows()).toEqual(before);
    },
  );

  it('is refused where an organization is configured, however genuine its token', async () => {
    const at = await started('organizations');
    at.emulator.people.add({ email: adminEmail });
    const pat = at.emulator.people.get(patEmail);
    const iss = `${at.emulator.loginUrl.replace('http:', 'https:')}/${consumersTenant}/v2.0`;
    at.emulator.signIn.spoilNext({ claims: { tid: pat.tid, oid: pat.oid, iss, preferred_username: patEmail } });

    await expect(at.signInOnly(adminEmail)).rejects.toMatchObject({ code: 'wrong_tenant' });
  });

  it('gets no token for .default, which the service never asks for', async () => {
    const at = await started('consumers');
    const { refreshToken } = await signInAtMicrosoft(at.emulator, patEmail);

    const form = {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      scope: 'https://graph.microsoft.com/.default',
    };
    expect(await redeem(at.emulator, form)).toMatchObject({ status: 400, body: { error_codes: [70011] } });
    const secrets = { state: 'state', nonce: 'nonce', codeVerifier: 'v'.repeat(43) };
    expect(await at.microsoft.authorizationUrl(secrets)).not.toContain('.default');
  });
});
