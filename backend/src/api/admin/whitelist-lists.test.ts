import { describe, expect, it } from 'vitest';
import { whitelistedDomains, whitelistedSenders } from './whitelist-lists.ts';

describe('the addresses of a whitelist', () => {
  it('are kept in the one form that they are compared in, each once', () => {
    const typed = [' Boss@Contoso.Example ', 'boss@contoso.example', 'anna@Bücher.example', 'o@xn--bcher-kva.example'];

    expect(whitelistedSenders.parse(typed)).toEqual([
      'boss@contoso.example',
      'anna@xn--bcher-kva.example',
      'o@xn--bcher-kva.example',
    ]);
  });

  it.each(['', ' ', 'boss', '@contoso.example', 'a b@contoso.example', 'boss@', 'boss@contoso', 'a@b@c example.com'])(
    'do not include “%s”',
    (text) => {
      expect(whitelistedSenders.safeParse([text]).success).toBe(false);
    },
  );
});

describe('the domains of a whitelist', () => {
  it('are kept in the one form that they are compared in, each once', () => {
    const typed = ['Example.COM', ' @example.com', '@ example.com ', 'Bücher.example', 'XN--BCHER-KVA.example'];

    expect(whitelistedDomains.parse(typed)).toEqual(['example.com', 'xn--bcher-kva.example']);
  });

  it.each([
    '',
    '@',
    'com',
    'a b.example',
    'boss@example.com',
    '*.example.com',
    'http://example.com',
    'ex ample.com',
    '.example.com',
  ])('do not include “%s”', (text) => {
    expect(whitelistedDomains.safeParse([text]).success).toBe(false);
  });

  it('are at most 1,000', () => {
    const domains = Array.from({ length: 1_001 }, (_, index) => `d${index}.example`);

    expect(whitelistedDomains.safeParse(domains).success).toBe(false);
    expect(whitelistedDomains.parse(domains.slice(1))).toHaveLength(1_000);
  });
});
