import { describe, expect, it } from 'vitest';
import { Secret } from '../../lib/secret.ts';
import { Microsoft } from './msal.ts';

const secrets = { state: 'state', nonce: 'nonce', codeVerifier: 'verifier' };

/** The address that a browser is sent to. */
async function addressIn(loginUrl: string, graphUrl: string): Promise<URL> {
  const microsoft = new Microsoft({
    clientId: 'client',
    clientSecret: new Secret('client secret'),
    tenantId: 'common',
    loginUrl,
    graphUrl,
    redirectUri: 'http://localhost:8010/auth/callback',
  });
  return new URL(await microsoft.authorizationUrl(secrets));
}

describe('the address that a browser is sent to', () => {
  it.each([
    ['https://login.microsoftonline.com', 'https://graph.microsoft.com', 'Mail.ReadWrite'],
    ['https://login.microsoftonline.us', 'https://graph.microsoft.us', 'https://graph.microsoft.us/Mail.ReadWrite'],
    [
      'https://login.chinacloudapi.cn',
      'https://microsoftgraph.chinacloudapi.cn',
      'https://microsoftgraph.chinacloudapi.cn/Mail.ReadWrite',
    ],
    ['http://localhost:9010', 'http://localhost:9010', 'Mail.ReadWrite'],
    ['http://127.0.0.1:9010', 'http://127.0.0.1:9010', 'Mail.ReadWrite'],
  ])('is on %s, with the scopes of %s', async (loginUrl, graphUrl, scope) => {
    const { origin, pathname, searchParams } = await addressIn(loginUrl, graphUrl);

    expect(origin + pathname).toBe(`${loginUrl}/common/oauth2/v2.0/authorize`);
    expect(searchParams.get('scope')?.split(' ')).toContain(scope);
  });

  it('carries the challenge, not the verifier, and no client secret', async () => {
    const { href, searchParams } = await addressIn('https://login.microsoftonline.com', 'https://graph.microsoft.com');

    expect(searchParams.get('code_challenge')).toBe('iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ'); // SHA-256
    expect(href).not.toContain('verifier');
    expect(href).not.toMatch(/client.secret/);
  });
});
