import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { dayMs } from '../../src/lib/durations.ts';
import { Secret } from '../../src/lib/secret.ts';

/** A certificate and its key, in PEM, and in the form in which the service hands them to MSAL. */
export interface TestCertificate {
  readonly pem: string;
  readonly keyPem: string;
  readonly client: { readonly privateKey: Secret; readonly thumbprint: string; readonly expires: Date };
}

/** Makes a certificate that signs itself. @param days for which it is good from now on; negative: it has ended */
export async function makeCertificate(days = 90): Promise<TestCertificate> {
  const { cert: pem, private: keyPem } = await generate([{ name: 'commonName', value: 'msedb.example' }], {
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 400 * dayMs),
    notAfterDate: new Date(Date.now() + days * dayMs),
  });
  const { fingerprint256, validTo } = new X509Certificate(pem);
  const thumbprint = fingerprint256.replaceAll(':', '').toLowerCase();
  return { pem, keyPem, client: { privateKey: new Secret(keyPem), thumbprint, expires: new Date(validTo) } };
}
