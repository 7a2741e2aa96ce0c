import { createHash, randomBytes } from 'node:crypto';
import { SignJWT, importPKCS8 } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { record } from '../../emulator/testing/app-client.ts';
import { Secret } from '../../src/lib/secret.ts';
import { Microsoft } from '../../src/auth/microsoft/msal.ts';
import { Mailbox, models } from '../../src/models/index.ts';
import { makeCertificate, type TestCertificate } from '../harness/certificate.ts';
import { useTestDatabase } from '../harness/database.ts';
import { adminEmail, redeemAs, startEntra, type TestEntra, tenantId } from '../integration/auth/entra.ts';

useTestDatabase(models);
let entra: TestEntra | undefined;
afterEach(() => entra?.[Symbol.asyncDispose]());

async function started(...options: Parameters<typeof startEntra>): Promise<TestEntra> {
  entra = await startEntra(...options);
  entra.emulator.people.add({ email: adminEmail });
  return entra;
}

/** The same application with another proof. */
function appOf({ emulator }: TestEntra, proof: Partial<ConstructorParameters<typeof Microsoft>[0]>): Microsoft {
  const { clientId, loginUrl, graphUrl } = emulator;
  const redirectUri = 'http://localhost:8010/auth/callback';
  return new Microsoft({ clientId, tenantId: 'common', loginUrl, graphUrl, redirectUri, ...proof });
}

const redeem = (at: TestEntra, app: Microsoft) => redeemAs(app, (url) => at.visit(url, adminEmail));

/** Now, in seconds since 1970. */
const now = () => Math.floor(Date.now() / 1_000);

describe('a public client', () => {
  it('signs in by PKCE alone, and renews its tokens without a secret', async () => {
    const at = await started({ isPublicClient: true });

    const { mailboxId } = await at.signIn(adminEmail);

    const token = await at.process().getToken(mailboxId, { forceRefresh: true });
    expect(at.emulator.grants.accessToken(token)?.person.email).toBe(adminEmail);
    const { msalCache = '' } = await Mailbox.findById(mailboxId).lean().orFail();
    expect(at.vault.open(msalCache, `mailbox:${mailboxId.toHexString()}`)).toContain('RefreshToken');
    expect(msalCache).not.toContain('RefreshToken');
  });

  it('is refused where a secret or a certificate is registered, with the number and what to do', async () => {
    const at = await started();

    await expect(redeem(at, appOf(at, {}))).rejects.toMatchObject({ reason: 'public_client_refused', aadsts: 7000218 });
  });

  it('must not show a secret', async () => {
    const at = await started({ isPublicClient: true });
    const app = appOf(at, { clientSecret: new Secret(at.emulator.clientSecret) });

    await expect(redeem(at, app)).rejects.toMatchObject({ reason: 'client_secret_refused', aadsts: 700025 });
  });

  it('gets nothing for a code without the verifier of who asked for it', async () => {
    const at = await started({ isPublicClient: true });
    const secrets = { state: 'state', nonce: 'nonce', codeVerifier: randomBytes(32).toString('base64url') };
    const { code = '' } = await at.visit(await at.microsoft.authorizationUrl(secrets), adminEmail);

    const stolen = at.microsoft.redeemCode({ ...secrets, code, codeVerifier: 'of-a-thief'.padEnd(43, 'x') });

    await expect(stolen).rejects.toMatchObject({ reason: 'invalid_grant', aadsts: 501481 });
  });

  it('is not let to the sign-in page without a challenge', async () => {
    const at = await started({ isPublicClient: true });
    const secrets = { state: 'state', nonce: 'nonce', codeVerifier: 'v'.repeat(43) };
    const url = new URL(await at.microsoft.authorizationUrl(secrets));
    url.searchParams.delete('code_challenge');

    const { code, errorDescription } = await at.visit(url.href, adminEmail);

    expect([code, errorDescription]).toEqual([undefined, expect.stringContaining('AADSTS9002325')]);
  });

  it.each([
    ['http://localhost/auth/callback', true],
    ['http://localhost:1/auth/callback', true],
    ['http://127.0.0.1:8010/auth/callback', false],
    ['http://localhost/elsewhere', false],
    ['https://localhost:8010/auth/callback', false],
    ['http://localhost.evil.example:8010/auth/callback', false],
  ])('comes back to http://localhost:8010/auth/callback when %s is registered: %s', async (registered, isLetBack) => {
    const at = await started({ isPublicClient: true, redirectUris: [registered] });

    const signedIn = redeem(at, at.microsoft).then(
      () => true,
      () => false,
    );

    expect(await signedIn).toBe(isLetBack);
  });
});

describe('a certificate', () => {
  it('takes the place of the secret at sign-in and at renewal', async () => {
    const own = await makeCertificate();
    const at = await started({ certificates: [own.pem] }, 'common', own.client);

    const { mailboxId } = await at.signIn(adminEmail);

    const token = await at.process().getToken(mailboxId, { forceRefresh: true });
    expect(at.emulator.grants.accessToken(token)?.person.email).toBe(adminEmail);
  });

  it.each([
    ['that is not registered', async (own: TestCertificate) => ({ registered: await makeCertificate(), shown: own })],
    ['that has ended', async () => twice(await makeCertificate(-1))],
    [
      'whose key is another',
      async (own: TestCertificate) => {
        const { privateKey } = (await makeCertificate()).client;
        return { registered: own, shown: { ...own, client: { ...own.client, privateKey } } };
      },
    ],
  ])('%s is refused with the number and what to do', async (_case, of) => {
    const { registered, shown } = await of(await makeCertificate());
    const at = await started({ certificates: [registered.pem] }, tenantId, shown.client);

    const refused = at.signInOnly(adminEmail);

    await expect(refused).rejects.toMatchObject({ status: 502, code: 'client_certificate_wrong' });
    await expect(refused).rejects.toThrow(/MICROSOFT_CLIENT_CERTIFICATE_FILE.*AADSTS700027/);
    expect(at.refusals).toMatchObject([{ reason: 'client_certificate_wrong', aadsts: 700027 }]);
  });

  it.each<[string, Claims, Header, number]>([
    ['as it should be', {}, {}, 200],
    ['for another endpoint', { aud: 'https://login.example/common/oauth2/v2.0/token' }, {}, 401],
    ['for the endpoint of another directory', { aud: 'organizations' }, {}, 401],
    ['that has ended', { iat: now() - 1_500, exp: now() - 900 }, {}, 401],
    ['that is not good yet', { nbf: now() + 900 }, {}, 401],
    ['without an end', { exp: undefined }, {}, 401],
    ['without an id of its own', { jti: undefined }, {}, 401],
    ['of another application', { iss: 'another', sub: 'another' }, {}, 401],
    ['without a thumbprint', {}, { 'x5t#S256': undefined }, 401],
    ['with RS256', {}, { alg: 'RS256' }, 401],
  ])('makes an assertion %s: %s %s %i', async (_case, claims, header, status) => {
    const own = await makeCertificate();
    const { emulator } = await started({ certificates: [own.pem] });
    const url = `${emulator.loginUrl}/common/oauth2/v2.0/token`;
    const right = {
      aud: url,
      iss: emulator.clientId,
      sub: emulator.clientId,
      jti: 'one',
      iat: now(),
      exp: now() + 600,
    };
    const aud = claims['aud'] === 'organizations' ? { aud: url.replace('/common/', '/organizations/') } : {};
    const assertion = await sign(own, { ...right, ...claims, ...aud }, header);

    const reply = await fetch(url, { method: 'POST', body: await formOf(emulator, assertion) });

    const { error_codes: numbers = [200] } = record(await reply.json());
    expect([reply.status, numbers]).toEqual([status, [status === 200 ? 200 : 700027]]);
  });
});

type Claims = Readonly<Record<string, string | number | undefined>>;
type Header = Readonly<Record<string, string | undefined>>;

function twice(certificate: TestCertificate) {
  return { registered: certificate, shown: certificate };
}

async function sign({ keyPem, client }: TestCertificate, claims: Claims, header: Header): Promise<string> {
  const { alg = 'PS256', ...others } = header;
  const x5t = Buffer.from(client.thumbprint, 'hex').toString('base64url');
  const key = await importPKCS8(keyPem, alg);
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, 'x5t#S256': x5t, ...others }).sign(key);
}

/** The form that redeems a code with an assertion. */
async function formOf({ loginUrl, clientId }: TestEntra['emulator'], assertion: string): Promise<URLSearchParams> {
  const verifier = 'v'.repeat(43);
  const redirectUri = 'http://localhost:8010/auth/callback';
  const url = new URL(`${loginUrl}/common/oauth2/v2.0/authorize`);
  url.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid User.Read',
    login_hint: adminEmail,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const { headers } = await fetch(url, { redirect: 'manual' });
  return new URLSearchParams({
    client_id: clientId,
    grant_type: 'authorization_code',
    code: new URL(headers.get('location') ?? '').searchParams.get('code') ?? '',
    code_verifier: verifier,
    redirect_uri: redirectUri,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
}
