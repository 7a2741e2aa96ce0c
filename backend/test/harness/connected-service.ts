import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { tenantOf } from '../../emulator/ids.ts';
import type { EmulatorOptions } from '../../emulator/options.ts';
import { freePort } from '../../local/network.ts';
import { generateKeyEntry } from '../../src/auth/tokens/vault-keys.ts';
import { messageFields, sentFields } from '../../src/graph/select.ts';
import { Secret } from '../../src/lib/secret.ts';
import { Browser } from './browser.ts';
import { startTestService, type TestService } from './service.ts';

/** The service and a Microsoft 365 of its own, in this process. */
export interface ConnectedService extends AsyncDisposable {
  readonly service: TestService;
  readonly microsoft: Emulator;
  readonly url: string;
  /** A browser that nobody has used. */
  browser(): Browser;
  /** A browser in which this person has signed in. */
  signedIn(email: string): Promise<Browser>;
}

export const admin = 'ada@contoso.example';

/** The promise that every test of the suite keeps: only metadata was read, and nothing was deleted for good. */
function requirePrivacy({ privacy }: Emulator): void {
  const { properties, refused, violations, echoed } = privacy.report();
  const allowed = new Set<string>([...messageFields, ...sentFields]);
  const beyond = Object.keys(properties).filter((property) => !allowed.has(property));
  const faults = { beyond, refused, violations, echoed: Object.keys(echoed) };
  if (Object.values(faults).some((list) => list.length > 0)) {
    throw new Error(`The service asked for more than metadata: ${JSON.stringify(faults)}`);
  }
}

interface ConnectedOptions {
  readonly emulator?: EmulatorOptions;
  readonly service?: Parameters<typeof startTestService>[0];
  /** Whether Graph can notify the service of changes. */
  readonly isNotified?: boolean;
}

/** Starts both; `admin` has an account at Microsoft and may sign in first. */
export async function startConnectedService(options: ConnectedOptions = {}): Promise<ConnectedService> {
  const microsoft = await startEmulator(options.emulator);
  microsoft.people.add({ email: admin, name: 'Ada' });
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const service = await startTestService({
    spreadMs: 0,
    ...options.service,
    config: {
      http: { port, appUrl: url, trustProxy: 1 },
      microsoft: {
        clientId: microsoft.clientId,
        ...(options.emulator?.isPublicClient !== true && { clientSecret: new Secret(microsoft.clientSecret) }),
        tenantId: 'common',
        loginUrl: microsoft.loginUrl,
        graphUrl: microsoft.graphUrl,
      },
      encryptionKeys: new Secret(generateKeyEntry()),
      adminEmail: admin,
      adminTenantId: tenantOf('contoso.example'),
      ...(options.isNotified === true ? { observation: notifiedAt(port) } : {}),
      ...options.service?.config,
    },
  });
  const browser = () => new Browser(url);
  return {
    service,
    microsoft,
    url,
    browser,
    signedIn: async (email) => {
      const used = browser();
      const { status, body } = await used.signIn(email);
      if (status !== 200) throw new Error(`${email} could not sign in: ${status} ${JSON.stringify(body)}`);
      return used;
    },
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      await microsoft.close();
      requirePrivacy(microsoft);
    },
  };
}

function notifiedAt(port: number) {
  return { webhookUrl: `http://127.0.0.1:${port}`, sinceDays: 30, pageSize: 200 };
}
