import { describe, expect, it } from 'vitest';
import { isWhitelisted, mergeWhitelists } from './whitelist.ts';

const mailbox = {
  whitelistedSenders: ['boss@contoso.example', '/o=Contoso/cn=Ada', 'M\u00fcller@x.example', 'root@localhost'],
  whitelistedDomains: ['example.com', 'B\u00fccher.example'],
};
const organization = { whitelistedSenders: [], whitelistedDomains: ['bank.example'] };
const whitelist = mergeWhitelists([mailbox, organization]);

describe('a whitelist', () => {
  it.each([
    'boss@contoso.example',
    ' Boss@Contoso.EXAMPLE ',
    'anybody@example.com',
    'Anybody@EXAMPLE.com',
    'alerts@bank.example',
    '/O=CONTOSO/CN=ADA',
    'mu\u0308ller@X.example',
    'Root@LOCALHOST',
    'anna@xn--bcher-kva.example',
    'anna@news.bu\u0308cher.example',
  ])('protects %s: listed by its owner or by the organization', (sender) => {
    expect(isWhitelisted(whitelist, sender)).toBe(true);
  });

  it.each(['a@news.example.com', 'a@eu.mail.example.com'])('protects %s: the domain above it is listed', (sender) => {
    expect(isWhitelisted(whitelist, sender)).toBe(true);
  });

  it.each([
    'clerk@contoso.example',
    'a@notexample.com',
    'a@example.com.evil.example',
    'example.com@evil.example',
    'example.com',
    '/o=contoso/cn=ada@example.com',
    '',
  ])('does not protect “%s”', (sender) => {
    expect(isWhitelisted(mergeWhitelists([mailbox]), sender)).toBe(false);
  });

  it('does not protect mail whose sender is not known', () => {
    expect(isWhitelisted(whitelist, undefined)).toBe(false);
  });
});
