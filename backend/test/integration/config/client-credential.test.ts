import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate, type TestCertificate } from '../../harness/certificate.ts';
import { parseConfig } from '../../../src/config/env.ts';

const app = { MICROSOFT_CLIENT_ID: 'app', ENCRYPTION_KEYS: 'k1:hush' };
const folder = mkdtempSync(join(tmpdir(), 'msedb-certificate-'));
const file = (name: string) => join(folder, name);

let own: TestCertificate;
beforeAll(async () => {
  own = await makeCertificate();
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  writeFileSync(file('own.pem'), own.pem);
  writeFileSync(file('own.key'), own.keyPem);
  writeFileSync(file('other.key'), (await makeCertificate()).keyPem);
  writeFileSync(file('ec.key'), ec.export({ type: 'pkcs8', format: 'pem' }));
  const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hush' } as const;
  writeFileSync(file('locked.key'), generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(locked));
  writeFileSync(file('text.pem'), 'my private words');
});
afterAll(() => rmSync(folder, { recursive: true }));

function faultsOf(environment: Record<string, string>): string {
  try {
    parseConfig(environment);
  } catch (error) {
    return inspect(error);
  }
  return 'none';
}

const withFiles = (certificate: string, key: string) => ({
  ...app,
  MICROSOFT_CLIENT_CERTIFICATE_FILE: file(certificate),
  MICROSOFT_CLIENT_KEY_FILE: file(key),
});

describe('a certificate in place of a secret', () => {
  it('is read with its key, its thumbprint and its end; the key is never shown', () => {
    const config = parseConfig(withFiles('own.pem', 'own.key'));

    const { thumbprint, expires } = own.client;
    expect(config.microsoft).toMatchObject({ clientCertificate: { thumbprint, expires } });
    expect(config.microsoft).not.toHaveProperty('clientSecret');
    expect(config.microsoft?.clientCertificate?.privateKey.reveal()).toContain('PRIVATE KEY');
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('PRIVATE KEY');
  });

  it.each([
    ['none.pem', 'own.key', 'MICROSOFT_CLIENT_CERTIFICATE_FILE: the file', 'cannot be read (ENOENT)'],
    ['own.pem', 'none.key', 'MICROSOFT_CLIENT_KEY_FILE: the file', 'cannot be read (ENOENT)'],
    ['text.pem', 'own.key', 'MICROSOFT_CLIENT_CERTIFICATE_FILE', 'not a certificate in PEM'],
    ['own.pem', 'text.pem', 'MICROSOFT_CLIENT_KEY_FILE', 'not an RSA key in PEM without a passphrase'],
    ['own.pem', 'locked.key', 'MICROSOFT_CLIENT_KEY_FILE', 'not an RSA key in PEM without a passphrase'],
    ['own.pem', 'ec.key', 'MICROSOFT_CLIENT_KEY_FILE', 'not an RSA key in PEM without a passphrase'],
    ['own.pem', 'other.key', 'MICROSOFT_CLIENT_KEY_FILE', 'not the key of MICROSOFT_CLIENT_CERTIFICATE_FILE'],
  ])('is refused with the files %s and %s, in words that quote neither', (certificate, key, name, words) => {
    const faults = faultsOf(withFiles(certificate, key));

    expect(faults).toContain(name);
    expect(faults).toContain(words);
    expect(faults).not.toMatch(/my private words|PRIVATE KEY-----/);
  });

  it('needs both files, and no secret beside them', () => {
    const { MICROSOFT_CLIENT_KEY_FILE: _key, ...alone } = withFiles('own.pem', 'own.key');

    expect(faultsOf(alone)).toContain('MICROSOFT_CLIENT_KEY_FILE: is missing');
    expect(faultsOf({ ...withFiles('own.pem', 'own.key'), MICROSOFT_CLIENT_SECRET: 'hush' })).toContain(
      'MICROSOFT_CLIENT_SECRET: stands beside a certificate',
    );
  });
});

describe('a public client', () => {
  const open = { ...app, MICROSOFT_CLIENT_TYPE: 'public' };

  it.each([undefined, 'http://localhost:8010', 'http://127.0.0.1:9000'])('needs no secret at APP_URL %s', (appUrl) => {
    const { microsoft } = parseConfig({ ...open, ...(appUrl !== undefined && { APP_URL: appUrl }) });

    expect(microsoft).toMatchObject({ clientId: 'app' });
    expect(microsoft).not.toHaveProperty('clientSecret');
  });

  it.each(['https://msedb.example.com', 'https://localhost', 'http://[::1]:8010'])(
    'is refused at APP_URL %s in one sentence',
    (appUrl) => {
      const faults = faultsOf({ ...open, APP_URL: appUrl });

      expect(faults).toContain('APP_URL: a public client signs in on its own machine only');
      expect(faults.split('\n').filter((line) => line.startsWith('  APP_URL'))).toHaveLength(1);
    },
  );

  it.each(['MICROSOFT_CLIENT_SECRET', 'MICROSOFT_CLIENT_CERTIFICATE_FILE', 'MICROSOFT_CLIENT_KEY_FILE'])(
    'is refused beside %s, whose value is not shown',
    (name) => {
      const faults = faultsOf({ ...open, [name]: 'hush-hush' });

      expect(faults).toContain(`${name}: a public client has none`);
      expect(faults).not.toContain('hush-hush');
    },
  );

  it('is never what a missing secret means', () => {
    expect(faultsOf(app)).toContain('MICROSOFT_CLIENT_SECRET: is missing');
    expect(faultsOf({ MICROSOFT_CLIENT_TYPE: 'public' })).toContain('MICROSOFT_CLIENT_ID: is missing');
  });
});
