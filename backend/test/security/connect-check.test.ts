import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { freePort } from '../../local/network.ts';
import { Mailbox } from '../../src/models/index.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

const backendFolder = fileURLToPath(new URL('../..', import.meta.url));
const colleague = 'bea@contoso.example';

let it365: ConnectedService;
beforeAll(async () => {
  it365 = await startConnectedService();
  it365.microsoft.people.add({ email: colleague });
});
beforeEach(() => it365.microsoft.faults.clear());
afterAll(() => it365[Symbol.asyncDispose]());

/** The command as an operator runs it. @param env laid over the settings of the running service */
async function run(env: Record<string, string> = {}, args: string[] = []) {
  const { microsoft, service, url } = it365;
  const settings = {
    APP_URL: url,
    MONGODB_URI: service.mongoUri,
    MICROSOFT_CLIENT_ID: microsoft.clientId,
    MICROSOFT_CLIENT_SECRET: microsoft.clientSecret,
    MICROSOFT_LOGIN_URL: microsoft.loginUrl,
    GRAPH_URL: microsoft.graphUrl,
    ENCRYPTION_KEYS: service.config.encryptionKeys?.reveal() ?? '',
    ADMIN_EMAIL: admin,
    ADMIN_TENANT_ID: service.config.adminTenantId ?? '',
  };
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [`${backendFolder}/dist/cli/connect-check.js`, ...args],
    {
      cwd: '/', // no .env there
      env: { PATH: process.env['PATH'] ?? '', ...settings, ...env },
      extendEnv: false,
      reject: false,
    },
  );
  const output = `${stdout}\n${stderr}`;
  for (const secret of [settings.ENCRYPTION_KEYS.slice(4), microsoft.clientSecret, admin, colleague])
    expect(output).not.toContain(secret);
  return { exitCode, output };
}

const withoutMicrosoft = { MICROSOFT_CLIENT_ID: '', MICROSOFT_CLIENT_SECRET: '', ENCRYPTION_KEYS: '' };
const nowhere = async () => ({ MONGODB_URI: `mongodb://127.0.0.1:${await freePort()}/msedb` });

describe('npm run connect:check', () => {
  it('names the settings that are missing, and has no link then', async () => {
    const { exitCode, output } = await run({ ...withoutMicrosoft, ADMIN_EMAIL: '', ADMIN_TENANT_ID: '' });

    expect(exitCode).toBe(1);
    expect(output).toMatch(
      /MISSING {3}Settings: MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET \(or .*=public\), ENCRYPTION_KEYS\./,
    );
    expect(output).toMatch(/MISSING {3}ADMIN_EMAIL/);
    expect(output).not.toContain('http');
  });

  it('works with the settings alone: directory, secret and redirect URI are checked without a person', async () => {
    const { exitCode, output } = await run(await nowhere());

    expect([exitCode, output.match(/^ok/gm)?.length]).toEqual([0, 4]);
    expect(output).toMatch(/unknown {3}MongoDB cannot be reached/);
    expect(output).toContain('/organizations/v2.0/adminconsent?');
  });

  it('gives a link whose return the running service understands', async () => {
    const { output } = await run();
    it365.microsoft.signIn.nextAs(admin);
    const link = /https?:\S+adminconsent\S+/.exec(output)?.[0] ?? '';
    const back = await fetch(link, { redirect: 'manual' });

    const { status, body } = await it365.browser().once(back.headers.get('location') ?? '');

    expect([status, body]).toMatchObject([200, { adminConsent: 'granted' }]);
  });

  it.each([
    ['an unknown client', { MICROSOFT_CLIENT_ID: '11111111-2222-3333-4444-555555555555' }, 'AADSTS700016'],
    ['a wrong secret', { MICROSOFT_CLIENT_SECRET: 'not the secret' }, 'AADSTS7000215'],
  ])('finds %s, by the number', async (_name, env, number) => {
    const { exitCode, output } = await run(env);

    expect([exitCode, output.match(/^MISSING.*(AADSTS\d+)/m)?.[1]]).toEqual([1, number]);
  });

  it('finds an expired secret, a redirect URI that is not registered, and that Microsoft is away', async () => {
    it365.microsoft.faults.add({ kind: 'entra', aadsts: 7_000_222, path: '/token' });
    const expired = await run();
    it365.microsoft.faults.clear();
    await using other = await disposable({ redirectUris: ['https://other.example/auth/callback'] });
    const registered = { MICROSOFT_LOGIN_URL: other.loginUrl, MICROSOFT_CLIENT_ID: other.clientId };
    const unregistered = await run({
      ...registered,
      MICROSOFT_CLIENT_SECRET: other.clientSecret,
    });
    const away = await run({ MICROSOFT_LOGIN_URL: `http://127.0.0.1:${await freePort()}` });

    expect([expired, unregistered, away].map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
    expect(expired.output).toMatch(/^MISSING.*AADSTS7000222/m);
    expect(unregistered.output).toMatch(/^MISSING.*redirect URI.*AADSTS50011/m);
    expect(away.output).toMatch(/^MISSING.*cannot be reached/m);
  });

  it('says of each permission where it is granted, and fails only for one that is required', async () => {
    const ada = await it365.signedIn(admin);
    await ada.write('POST', '/api/admin/users', { email: colleague });
    await it365.signedIn(colleague);
    const granted = await run();
    await Mailbox.updateOne({ email: colleague }, { grantedScopes: ['User.Read', 'Mail.ReadWrite'] });
    const withoutSettings = await run();
    await Mailbox.updateOne({ email: colleague }, { grantedScopes: ['User.Read'] });
    const withoutMail = await run();

    expect([granted, withoutSettings, withoutMail].map(({ exitCode }) => exitCode)).toEqual([0, 0, 1]);
    expect(granted.output.match(/granted in every/g)).toHaveLength(3);
    expect(withoutSettings.output).toMatch(/^optional {2}MailboxSettings\.Read .*missing in 1 of 2/m);
    expect(withoutMail.output).toMatch(/^MISSING {3}Mail\.ReadWrite .*missing in 1 of 2.*administrator/m);
  });

  it('explains itself, and refuses what it does not know', async () => {
    const help = await run({}, ['--help']);
    const unknown = await run({}, ['--fix']);

    expect([help.exitCode, unknown.exitCode]).toEqual([0, 2]);
    for (const { output } of [help, unknown]) expect(output).toContain('Usage: npm run connect:check');
  });
});

async function disposable(options: Parameters<typeof startEmulator>[0]) {
  const emulator = await startEmulator(options);
  return { ...emulator, [Symbol.asyncDispose]: () => emulator.close() };
}
