import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { tenantOf } from '../../emulator/ids.ts';
import { freePort } from '../../local/network.ts';
import { generateKeyEntry } from '../../src/auth/tokens/vault-keys.ts';
import { Browser } from '../harness/browser.ts';
import { ProxiedStores } from '../harness/stores.ts';

const admin = 'ada@contoso.example';
/** What tokens look like: signed ones of three parts, and the emulator's opaque ones. */
const tokens = /eyJ[\w-]{10,}\.|0\.A[\w-]{20,}/;

describe('a service that is killed while people use it', () => {
  let stores: ProxiedStores;
  let microsoft: Emulator;
  let environment: Record<string, string>;
  let url: string;
  beforeAll(async () => {
    stores = await ProxiedStores.start();
    microsoft = await startEmulator();
    microsoft.people.add({ email: admin });
    const port = String(await freePort());
    url = `http://localhost:${port}`;
    environment = {
      PORT: port,
      APP_URL: url,
      LOG_LEVEL: 'debug',
      MICROSOFT_CLIENT_ID: microsoft.clientId,
      MICROSOFT_CLIENT_SECRET: microsoft.clientSecret,
      MICROSOFT_LOGIN_URL: microsoft.loginUrl,
      GRAPH_URL: microsoft.graphUrl,
      ENCRYPTION_KEYS: generateKeyEntry(),
      ADMIN_EMAIL: admin,
      ADMIN_TENANT_ID: tenantOf('contoso.example'),
    };
  });
  afterAll(async () => {
    await stores[Symbol.asyncDispose]();
    await microsoft.close();
  });

  it('finishes a sign-in that began before, keeps sessions and tokens, and logs no secret', async () => {
    const browser = new Browser(url);
    const first = await stores.launchReady(environment);
    const { headers } = await browser.once(`/auth/login?loginHint=${admin}`);
    first.signal('SIGKILL');
    await first.exited();

    const second = await stores.launchReady(environment);
    const signedIn = await browser.visit(headers.get('location') ?? '');
    second.signal('SIGKILL');
    await second.exited();

    const third = await stores.launchReady(environment);
    const mailboxes = await browser.once('/api/mailboxes');
    third.signal('SIGTERM');

    expect(signedIn.body).toMatchObject({ email: admin, role: 'admin' });
    expect(mailboxes.body).toMatchObject({ items: [{ email: admin, isConnected: true }] });
    expect(await third.exited()).toBe(0);
    const output = [first, second, third].map((service) => service.output).join('\n');
    expect(output).not.toMatch(tokens);
    for (const secret of [environment['ENCRYPTION_KEYS'], microsoft.clientSecret, admin]) {
      expect(output).not.toContain(secret);
    }
  });

  it('does not start with keys that are wrong, and says which', async () => {
    const service = await stores.launch({ ...environment, ENCRYPTION_KEYS: 'k1:c2hvcnQ=' });

    expect(await service.exited()).toBe(1);
    expect(service.output).toMatch(/ENCRYPTION_KEYS is wrong.*keys:generate/);
    expect(service.output).not.toContain('c2hvcnQ=');
  });

  it('starts without Microsoft, is healthy, and says at sign-in what is missing', async () => {
    const service = await stores.launchReady();

    const reply = await fetch(`${service.url}/auth/login`, { redirect: 'manual' });

    expect(await service.untilHealth(200)).toBe(200);
    expect(reply.status).toBe(503);
    expect(await reply.json()).toMatchObject({ error: { message: expect.stringContaining('MICROSOFT_CLIENT_ID') } });
  });
});
