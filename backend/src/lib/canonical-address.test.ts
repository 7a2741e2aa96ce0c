import { assert, oneof, property, string, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, canonicalDomain, domainOf } from './canonical-address.ts';

const u = 'ü';
const decomposed = 'u\u0308';

describe('the canonical form of an address', () => {
  it.each([
    [' Boss@Contoso.Example ', 'boss@contoso.example'],
    [`Anna@B${u}cher.example`, 'anna@xn--bcher-kva.example'],
    [`Anna@B${decomposed}cher.example`, 'anna@xn--bcher-kva.example'],
    ['anna@XN--BCHER-KVA.example.', 'anna@xn--bcher-kva.example'],
    [`M${decomposed.toUpperCase()}LLER@example.com`, `m${u}ller@example.com`],
    ['Ada+News@Example.com', 'ada+news@example.com'],
    ['"a@b"@Shop.example', '"a@b"@shop.example'],
    ['/O=Contoso/OU=Exchange/CN=Recipients/CN=Ada', '/o=contoso/ou=exchange/cn=recipients/cn=ada'],
    ['/O=Contoso/CN=Ada@Work', '/o=contoso/cn=ada@work'],
    ['MicrosoftExchange329E71EC', 'microsoftexchange329e71ec'],
    ['Root@Localhost', 'root@localhost'],
    ['nobody@', 'nobody@'],
    ['a@b c.example', 'a@b c.example'],
    [`a@b${u}/c.example`, `a@b${u}/c.example`],
    [`A@${u.repeat(254)}`, `a@${u.repeat(254)}`],
    ['  ', ''],
  ])('of “%s” is “%s”', (typed, canonical) => {
    expect(canonicalAddress(typed)).toBe(canonical);
  });

  it.each([
    ['boss@contoso.example', 'contoso.example'],
    ['"a@b"@shop.example', 'shop.example'],
    ['root@localhost', 'localhost'],
    ['/o=contoso/cn=ada@work', undefined],
    ['microsoftexchange329e71ec', undefined],
    ['nobody@', undefined],
    ['', undefined],
  ])('%s has the domain %s', (address, domain) => {
    expect(domainOf(address)).toBe(domain);
  });

  it('is its own canonical form', () => {
    const text = string({ unit: 'binary', maxLength: 40 });
    const addresses = oneof(
      text,
      tuple(text, text).map(([local, domain]) => `${local}@${domain}.example`),
    );
    assert(
      property(addresses, (typed) => {
        const canonical = canonicalAddress(typed);
        expect(canonicalAddress(canonical)).toBe(canonical);
        expect(canonicalDomain(canonicalDomain(typed))).toBe(canonicalDomain(typed));
        const domain = domainOf(canonical);
        expect(domain === undefined ? undefined : canonicalDomain(domain)).toBe(domain);
      }),
      { numRuns: 300 },
    );
  });
});
