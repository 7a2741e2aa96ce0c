import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Secret } from '../lib/secret.ts';
import type { Environment } from './settings-schema.ts';

/** The certificate by which the application proves itself in place of a secret. */
export interface ClientCertificate {
  /** PEM, PKCS #8. */
  readonly privateKey: Secret;
  /** SHA-256 of the certificate, in hex. */
  readonly thumbprint: string;
  readonly expires: Date;
}

const secretName = 'MICROSOFT_CLIENT_SECRET';
const certificateName = 'MICROSOFT_CLIENT_CERTIFICATE_FILE';
const keyName = 'MICROSOFT_CLIENT_KEY_FILE';
const typeName = 'MICROSOFT_CLIENT_TYPE';
const proofNames = [secretName, certificateName, keyName] as const;

/** Returns the settings that sign-in lacks when some of them are given, and those that exclude each other. */
export function faultsOfMicrosoft(given: Environment): string[] {
  if (given[typeName] === 'public') return faultsOfPublicClient(given);
  if (given['MICROSOFT_CLIENT_ID'] === undefined && proofNames.every((name) => given[name] === undefined)) return [];
  const hasCertificate = given[certificateName] !== undefined || given[keyName] !== undefined;
  if (hasCertificate && given[secretName] !== undefined)
    return [`${secretName}: stands beside a certificate; remove one of them`];
  const proof = hasCertificate ? ([certificateName, keyName] as const) : ([secretName] as const);
  return missing(given, ['MICROSOFT_CLIENT_ID', ...proof, 'ENCRYPTION_KEYS']);
}

function faultsOfPublicClient(given: Environment): string[] {
  const needless = proofNames.filter((name) => given[name] !== undefined);
  const faults = [
    ...missing(given, ['MICROSOFT_CLIENT_ID', 'ENCRYPTION_KEYS']),
    ...needless.map((name) => `${name}: a public client has none; remove it, or set ${typeName}=confidential`),
  ];
  if (!isOnThisMachine(given['APP_URL'] ?? 'http://localhost'))
    faults.push(
      `APP_URL: a public client signs in on its own machine only, at http://localhost:PORT; for any other address register a secret or a certificate and set ${typeName}=confidential`,
    );
  return faults;
}

function missing(given: Environment, names: readonly string[]): string[] {
  return names
    .filter((name) => given[name] === undefined)
    .map((name) => `${name}: is missing; sign-in needs ${names.join(', ')}${adviceOn(name)}`);
}

function adviceOn(name: string): string {
  return name === secretName ? `; or a certificate, or ${typeName}=public` : '';
}

/** Entra ID ignores the port of these alone (RFC 8252, section 7.3); it does not take http://[::1]. */
function isOnThisMachine(appUrl: string): boolean {
  if (!URL.canParse(appUrl)) return true; // has a fault of its own
  const { protocol, hostname } = new URL(appUrl);
  return protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname);
}

/**
 * Reads the certificate and its key from the configured files.
 * @returns undefined when none is configured
 * @throws Error that names the setting, what is wrong with its file, and what is allowed
 */
export function readClientCertificate(given: Environment): ClientCertificate | undefined {
  const { [certificateName]: certificateFile, [keyName]: keyFile } = given;
  if (certificateFile === undefined || keyFile === undefined) return undefined;
  const certificate = parsed(certificateName, 'a certificate in PEM', () => new X509Certificate(read(certificateFile)));
  const key = parsed(keyName, 'an RSA key in PEM without a passphrase', () => rsaKey(read(keyFile)));
  if (!certificate.checkPrivateKey(key)) throw new Error(`${keyName}: is not the key of ${certificateName}`);
  return {
    privateKey: new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString()),
    thumbprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    expires: new Date(certificate.validTo),
  };
}

/** The file cannot be read, as opposed to: makes no sense. */
class UnreadableFileError extends Error {}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new UnreadableFileError(`the file ${JSON.stringify(file)} cannot be read (${code})`, { cause });
  }
}

/** Entra ID verifies PS256, which takes an RSA key. */
function rsaKey(pem: string): KeyObject {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'rsa') throw new Error('not RSA');
  return key;
}

/** OpenSSL's words may quote what the file holds, so that they are dropped. */
function parsed<T>(name: string, wanted: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const fault = error instanceof UnreadableFileError ? error.message : `the file is not ${wanted}`;
    throw new Error(`${name}: ${fault}`, { cause: error });
  }
}
