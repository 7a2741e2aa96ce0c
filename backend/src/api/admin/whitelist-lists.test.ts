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

  it.each([
    ['Müller+News@Bücher.example', 'müller+news@xn--bcher-kva.example'],
    ['/O=Contoso/OU=Exchange/CN=Recipients/CN=Ada Lovelace', '/o=contoso/ou=exchange/cn=recipients/cn=ada lovelace'],
    ['MicrosoftExchange329E71EC', 'microsoftexchange329e71ec'],
    ['Root@Localhost', 'root@localhost'],
    ['"a@b c"@Shop.example', '"a@b c"@shop.example'],
    ['ada@mail_1.example', 'ada@mail_1.example'],
  ])('include every sender that mail can have, as “%s”', (typed, canonical) => {
    expect(whitelistedSenders.parse([typed])).toEqual([canonical]);
  });

  it.each(['', ' ', '@contoso.example', 'contoso.example', 'a b@contoso.example', 'boss@', 'a@b@c example.com', 'a b'])(
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
