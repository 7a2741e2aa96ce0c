import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TokenVault, VaultError } from './token-vault.ts';
import { generateKeyEntry, parseKeys } from './vault-keys.ts';

const secret = 'eyJ0eXAi.refresh-token-of-somebody';

function vaultOf(...entries: string[]): TokenVault {
  return new TokenVault(parseKeys(entries.join(',')));
}

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('the token vault', () => {
  it('gives back what was sealed, in the same context', () => {
    const vault = vaultOf(generateKeyEntry());

    const stored = vault.seal(`${secret} äöü €`, 'mailbox:1');

    expect(vault.open(stored, 'mailbox:1')).toBe(`${secret} äöü €`);
    expect(vault.open(vault.seal('', 'mailbox:1'), 'mailbox:1')).toBe('');
  });

  it('stores version, key id, nonce, tag and data, and nothing readable', () => {
    const entry = generateKeyEntry();

    const stored = vaultOf(entry).seal(secret, 'mailbox:1');

    expect(stored).toMatch(new RegExp(`^v1\\.${entry.split(':')[0]}\\.[\\w-]{16}\\.[\\w-]{22}\\.[\\w-]+$`));
    expect(stored).not.toContain('refresh');
  });

  it('seals the same text differently each time', () => {
    const vault = vaultOf(generateKeyEntry());

    const stored = new Set(Array.from({ length: 100 }, () => vault.seal(secret, 'mailbox:1')));

    expect(stored.size).toBe(100);
  });

  it('does not open a value that was copied to another row', () => {
    const vault = vaultOf(generateKeyEntry());

    const stored = vault.seal(secret, 'mailbox:1');

    expect(() => vault.open(stored, 'mailbox:2')).toThrow(VaultError);
  });

  it('does not open a value of which a single character was changed', () => {
    const vault = vaultOf(generateKeyEntry());
    const stored = vault.seal(secret, 'mailbox:1');

    const changed = stored
      .split('')
      .map((character, place) => `${stored.slice(0, place)}${character === 'A' ? 'B' : 'A'}${stored.slice(place + 1)}`);

    for (const text of changed) expect(failureOf(() => vault.open(text, 'mailbox:1'))).toBeInstanceOf(VaultError);
  });

  it.each(['', 'v1', 'v2.k.a.b.c', 'v1.k1.AAAA.AAAA.AAAA', '{"secret":"plain"}', 'v1.....', 'v1.a.b.c.d.e'])(
    'calls %j malformed or foreign, and does not repeat it',
    (stored) => {
      const failure = failureOf(() => vaultOf(generateKeyEntry()).open(stored, 'mailbox:1'));

      expect(failure).toBeInstanceOf(VaultError);
      expect(inspect(failure)).not.toContain(stored || 'an empty text');
    },
  );

  it('opens with every key it has and seals with the first', () => {
    const [older, newer] = [generateKeyEntry(), generateKeyEntry()];
    const stored = vaultOf(older).seal(secret, 'mailbox:1');

    const both = vaultOf(newer, older);

    expect(both.open(stored, 'mailbox:1')).toBe(secret);
    expect(both.needsRotation(stored)).toBe(true);
    const anew = both.seal(both.open(stored, 'mailbox:1'), 'mailbox:1');
    expect(both.needsRotation(anew)).toBe(false);
    expect(vaultOf(newer).open(anew, 'mailbox:1')).toBe(secret);
    expect(failureOf(() => vaultOf(newer).open(stored, 'mailbox:1'))).toMatchObject({ reason: 'unknown_key' });
  });

  it('does not open a value whose key id was exchanged for another', () => {
    const [one, other] = [generateKeyEntry(), generateKeyEntry()];
    const stored = vaultOf(one).seal(secret, 'mailbox:1');

    const renamed = stored.replace(one.split(':')[0] ?? '', other.split(':')[0] ?? '');

    expect(failureOf(() => vaultOf(one, other).open(renamed, 'mailbox:1'))).toMatchObject({ reason: 'refused' });
  });

  it('carries nothing of a value or a key in its errors, nor shows its keys', () => {
    const entry = generateKeyEntry();
    const vault = vaultOf(entry);
    const stored = vault.seal(secret, 'mailbox:1');

    const shown = inspect([failureOf(() => vault.open(stored, 'mailbox:2')), vault, parseKeys(entry)], { depth: 9 });

    for (const part of [secret, ...stored.split('.').slice(2), entry.split(':')[1] ?? '-']) {
      expect(shown).not.toContain(part);
    }
    expect(JSON.stringify([vault, parseKeys(entry)])).not.toContain(entry.split(':')[1]);
  });
});
