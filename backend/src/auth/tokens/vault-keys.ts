import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { ConfigurationError } from '../../lib/errors.ts';

const keyBytes = 32;
/** 32 random bytes hold about 30 different values; fewer than this happens once in more than 10^12 keys. */
const fewestValues = 16;
const placeholder = 'REPLACE_WITH';

/** One key of the vault. The material is held where neither a log nor JSON shows it. */
export interface VaultKey {
  /** Stored beside every value the key has sealed. */
  readonly id: string;
  readonly key: KeyObject;
}

/** A fresh key with a fresh id. @returns one entry of ENCRYPTION_KEYS */
export function generateKeyEntry(): string {
  return `k${randomBytes(4).toString('hex')}:${randomBytes(keyBytes).toString('base64')}`;
}

/**
 * Reads ENCRYPTION_KEYS: `id:base64 of 32 bytes`, comma separated, newest first.
 * @throws ConfigurationError that names every faulty entry by its place, what is wrong and what helps; no material
 */
export function parseKeys(text: string | undefined): [VaultKey, ...VaultKey[]] {
  const entries = (text ?? '').split(',').map((entry) => entry.trim());
  const faults: string[] = [];
  const keys: VaultKey[] = [];
  for (const [index, entry] of entries.entries()) {
    const read = readEntry(entry);
    const fault = typeof read === 'string' ? read : faultAmong(keys, read);
    if (fault !== undefined) faults.push(`  entry ${index + 1}: ${fault}`);
    else if (typeof read !== 'string') keys.push(read);
  }
  const [newest, ...older] = keys;
  if (newest === undefined || faults.length > 0) {
    throw new ConfigurationError(
      `ENCRYPTION_KEYS is wrong (npm run keys:generate prints an entry):\n${faults.join('\n')}`,
    );
  }
  return [newest, ...older];
}

/** @returns the key, or what is wrong with the entry */
function readEntry(entry: string): VaultKey | string {
  if (entry === '') return 'is empty';
  const colon = entry.indexOf(':');
  const [id, encoded] = [entry.slice(0, Math.max(colon, 0)), entry.slice(colon + 1)];
  if (entry.includes(placeholder)) return 'is the placeholder from .env.example: replace it';
  if (!/^[\w-]{1,32}$/.test(id)) return 'must be id:key, with an id of 1 to 32 letters, digits, - or _';
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return 'the key must be base64';
  const material = Buffer.from(encoded, 'base64');
  if (material.length !== keyBytes || material.toString('base64') !== encoded) {
    return `the key must be base64 of exactly ${keyBytes} bytes`;
  }
  if (!looksRandom(material)) return 'the key is not random';
  return { id, key: createSecretKey(material) };
}

/** Refuses what nobody's random generator gives: repetition, counting, and words typed in. */
function looksRandom(material: Buffer): boolean {
  const bytes = [...material];
  const steps = new Set(bytes.slice(1).map((byte, index) => (byte - (bytes[index] ?? 0) + 256) % 256));
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return new Set(bytes).size >= fewestValues && steps.size >= fewestValues && !isText;
}

function faultAmong(known: readonly VaultKey[], read: VaultKey): string | undefined {
  if (known.some(({ id }) => id === read.id)) return 'its id is used by an earlier entry';
  return known.some(({ key }) => key.equals(read.key)) ? 'its key is the same as in an earlier entry' : undefined;
}
