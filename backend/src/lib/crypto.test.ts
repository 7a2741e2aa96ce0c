import { describe, expect, it } from 'vitest';
import { equalInConstantTime, hmacSha256, randomId, sha256 } from './crypto.ts';

describe('crypto', () => {
  it('hashes as SHA-256 does', () => {
    expect(Buffer.from(sha256('abc'), 'base64url').toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', // FIPS 180-2, B.1
    );
  });

  it('authenticates as HMAC-SHA-256 does', () => {
    expect(Buffer.from(hmacSha256('Jefe', 'what do ya want for nothing?'), 'base64url').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', // RFC 4231, 4.3
    );
  });

  it('compares texts of any length', () => {
    expect(equalInConstantTime('secret', 'secret')).toBe(true);
    expect(equalInConstantTime('secret', 'secreT')).toBe(false);
    expect(equalInConstantTime('secret', 'secret and more')).toBe(false);
    expect(equalInConstantTime('', '')).toBe(true);
  });

  it('gives ids of 256 bits that do not repeat', () => {
    const ids = new Set(Array.from({ length: 1_000 }, randomId));

    expect(ids.size).toBe(1_000);
    for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(32);
  });
});
