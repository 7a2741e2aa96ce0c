import { describe, expect, it } from 'vitest';
import { sharedDomains } from './shared-domains.ts';

describe('a domain whose senders have nothing else in common', () => {
  const isShared = sharedDomains('Ada@B\u00fccher.example');

  it.each([
    'gmail.com',
    'hey.com',
    'seznam.cz',
    'wp.pl',
    'uol.com.br',
    'gmx.ch',
    'posteo.de',
    'xn--bcher-kva.example',
    '',
  ])('is “%s”', (domain) => {
    expect(isShared(domain)).toBe(true);
  });

  it.each(['shop.example', 'amazon.com', 'github.com', 'linkedin.com', 'news.gmail.com'])('is not %s', (domain) => {
    expect(isShared(domain)).toBe(false);
  });
});
