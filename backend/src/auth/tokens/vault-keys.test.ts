import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/errors.ts';
import { generateKeyEntry, parseKeys } from './vault-keys.ts';

const material = randomBytes(32).toString('base64');

function faultsOf(text: string | undefined): string {
  try {
    parseKeys(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'none';
}

describe('parseKeys', () => {
  it('reads the keys in their order', () => {
    const [newer, older] = [generateKeyEntry(), generateKeyEntry()];

    const keys = parseKeys(` ${newer} , ${older}`);

    expect(keys.map(({ id }) => id)).toEqual([newer.split(':')[0], older.split(':')[0]]);
    expect(keys.map(({ key }) => key.export().toString('base64'))).toEqual([newer, older].map((e) => e.split(':')[1]));
  });

  it('takes every key that is generated', () => {
    const entries = Array.from({ length: 200 }, generateKeyEntry);

    expect(parseKeys(entries.join(','))).toHaveLength(200);
  });

  it.each([
    ['nothing', undefined, 'is empty'],
    ['an empty text', '', 'is empty'],
    ['an empty entry', `k1:${material},`, 'entry 2: is empty'],
    ['the example', 'k1:REPLACE_WITH_THE_OUTPUT_OF_npm_run_keys_generate', 'placeholder'],
    ['a key without id', material.replaceAll(/[^\w]/g, 'x'), 'must be id:key'],
    ['an id with a dot', `k.1:${material}`, 'must be id:key'],
    ['no base64', 'k1:!!!', 'must be base64'],
    ['a short key', `k1:${randomBytes(16).toString('base64')}`, 'exactly 32 bytes'],
    ['a long key', `k1:${randomBytes(33).toString('base64')}`, 'exactly 32 bytes'],
    ['zeros', `k1:${Buffer.alloc(32).toString('base64')}`, 'is not random'],
    ['a repeated word', `k1:${Buffer.from('secret!!'.repeat(4)).toString('base64')}`, 'is not random'],
    ['counting', `k1:${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64')}`, 'is not random'],
    ['a sentence', `k1:${Buffer.from('correct horse battery staple 123').toString('base64')}`, 'is not random'],
    ['an id twice', `k1:${material},k1:${randomBytes(32).toString('base64')}`, 'entry 2: its id is used'],
    ['a key twice', `k1:${material},k2:${material}`, 'entry 2: its key is'],
  ])('refuses %s and says what helps', (_name, text, fault) => {
    const faults = faultsOf(text);

    expect(faults).toContain(fault);
    expect(faults).toContain('npm run keys:generate');
    expect(faults).not.toContain(material);
  });

  it('names every faulty entry in one message', () => {
    const faults = faultsOf(`k1:${material},nonsense,k1:${material},`);

    expect(faults.match(/entry \d/g)).toEqual(['entry 2', 'entry 3', 'entry 4']);
  });
});
