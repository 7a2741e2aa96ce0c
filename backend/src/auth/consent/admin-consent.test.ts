import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AdminConsent } from './admin-consent.ts';

const home = '11111111-1111-4111-8111-111111111111';
const foreign = '22222222-2222-4222-8222-222222222222';
const consent = new AdminConsent({
  clientId: 'client',
  tenantId: home,
  loginUrl: 'https://login.example',
  graphUrl: 'https://graph.example',
  redirectUri: 'https://msedb.example/auth/callback',
  keys: [{ id: 'one', key: createSecretKey(randomBytes(32)) }],
  clock: Date.now,
});

/** What Microsoft sends the browser back with, from a link of this service. */
async function comebackFrom(tenant: string) {
  const state = new URL((await consent.link()) ?? '').searchParams.get('state') ?? '';
  return { state, adminConsent: 'True', tenant };
}

describe('the return of an administrator', () => {
  it('from the directory of the service says that the permissions are granted', async () => {
    expect(await consent.finish(await comebackFrom(home), home)).toMatchObject({ adminConsent: 'granted' });
    expect(await consent.finish(await comebackFrom(foreign), undefined)).toMatchObject({ adminConsent: 'granted' });
  });

  it('from another directory says that nothing has changed here', async () => {
    expect(await consent.finish(await comebackFrom(foreign), home)).toMatchObject({
      adminConsent: 'elsewhere',
      tenantId: foreign,
      message: expect.stringContaining('MICROSOFT_TENANT_ID'),
    });
  });
});
