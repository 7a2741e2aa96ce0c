import { describe, expect, it } from 'vitest';
import { codeName, mongoCode, unpackSqlState } from './error-codes.ts';

/** PostgreSQL's MAKE_SQLSTATE. */
function pack(sqlState: string): number {
  return sqlState
    .split('')
    .reduce((sum, character, index) => sum + ((character.charCodeAt(0) - 48) & 63) * 64 ** index, 0);
}

describe('mongoCode', () => {
  it.each([
    ['M0000', 1],
    ['M0001', 2],
    ['M000A', 28],
    ['M001C', 11_000],
    ['M00CO', 121],
    ['23505', 11_000],
    ['57014', 50],
    ['40P01', 112],
  ])('knows SQLSTATE %s as %i', (sqlState, code) => {
    expect(mongoCode(sqlState)).toBe(code);
  });

  it.each(['MZZZZ', '99999', '', undefined])('calls %s an internal error', (sqlState) => {
    expect(mongoCode(sqlState)).toBe(1);
  });
});

describe('codeName', () => {
  it('names a code, or its location', () => {
    expect([11_000, 50, 40_324].map((code) => codeName(code))).toEqual([
      'DuplicateKey',
      'MaxTimeMSExpired',
      'Location40324',
    ]);
  });
});

describe('unpackSqlState', () => {
  it.each(['M001C', '23505', '40P01', 'M00CO'])('gives %s back', (sqlState) => {
    expect(unpackSqlState(pack(sqlState))).toBe(sqlState);
  });
});
