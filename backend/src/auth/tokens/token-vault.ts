import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { VaultKey } from './vault-keys.ts';

const version = 'v1';
const cipherName = 'aes-256-gcm';
/** 96 bits, as NIST SP 800-38D recommends for GCM; random, so at most 2^32 values under one key. */
const ivBytes = 12;
const tagBytes = 16;

interface SealedParts {
  readonly keyId: string;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly data: Buffer;
}

/** A stored value that cannot be opened. Neither message nor fields carry anything of the value or of a key. */
export class VaultError extends Error {
  readonly reason: 'malformed' | 'unknown_key' | 'refused';

  constructor(reason: VaultError['reason']) {
    super(`A stored secret cannot be decrypted: ${reason}`);
    this.name = 'VaultError';
    this.reason = reason;
  }
}

/**
 * Keeps secrets that are stored in the database: AES-256-GCM, one text `v1.<key id>.<iv>.<tag>.<data>` (base64url).
 * A value opens only in the context it was sealed for, so one that is copied to another row stays shut.
 */
export class TokenVault {
  readonly #newest: VaultKey;
  readonly #keys: ReadonlyMap<string, VaultKey>;

  /** @param keys newest first: the first one seals, all of them open */
  constructor(keys: readonly [VaultKey, ...VaultKey[]]) {
    this.#newest = keys[0];
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  /** @param context what the value belongs to, such as a row's id */
  seal(plain: string, context: string): string {
    const { id, key } = this.#newest;
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(cipherName, key, iv, { authTagLength: tagBytes });
    cipher.setAAD(associatedData(id, context));
    const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return [version, id, ...[iv, cipher.getAuthTag(), data].map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws VaultError when the value was changed, belongs to another context, or its key is not there any more */
  open(stored: string, context: string): string {
    const { keyId, iv, tag, data } = parse(stored);
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new VaultError('unknown_key');
    const decipher = createDecipheriv(cipherName, key.key, iv, { authTagLength: tagBytes });
    decipher.setAAD(associatedData(keyId, context));
    decipher.setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8');
    } catch {
      throw new VaultError('refused');
    }
  }

  /** Tells if a value was sealed with a key other than the newest. @throws VaultError when it was not sealed here */
  needsRotation(stored: string): boolean {
    return parse(stored).keyId !== this.#newest.id;
  }
}

function associatedData(keyId: string, context: string): Buffer {
  return Buffer.from(`${version}.${keyId}.${context}`, 'utf8');
}

function parse(stored: string): SealedParts {
  const [storedVersion, keyId, iv, tag, data, ...rest] = stored.split('.');
  if (storedVersion !== version || keyId === undefined || data === undefined || rest.length > 0) {
    throw new VaultError('malformed');
  }
  const parts = { keyId, iv: decode(iv), tag: decode(tag), data: decode(data) };
  if (parts.iv.length !== ivBytes || parts.tag.length !== tagBytes) throw new VaultError('malformed');
  return parts;
}

/** Only the one spelling that was written: base64 leaves bits of a last character unused. */
function decode(text = ''): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new VaultError('malformed');
  return bytes;
}
