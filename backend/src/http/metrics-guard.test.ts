import { describe, expect, it } from 'vitest';
import { isFromHere } from './metrics-guard.ts';

describe('a request for metrics', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('from %s is from this machine', (address) => {
    expect(isFromHere(address, { host: 'localhost:8010' })).toBe(true);
  });

  it.each(['10.0.0.1', '172.17.0.1', '::ffff:172.17.0.1', '2001:db8::1', '::ffff:10.127.0.1', '1127.0.0.1', undefined])(
    'from %s is not',
    (address) => {
      expect(isFromHere(address, { host: 'localhost:8010' })).toBe(false);
    },
  );

  it.each([{ 'x-forwarded-for': '127.0.0.1' }, { forwarded: 'for=127.0.0.1' }, { via: '1.1 proxy' }])(
    'that came through a proxy on this machine, with %o, is not',
    (headers) => {
      expect(isFromHere('127.0.0.1', { host: 'localhost', ...headers })).toBe(false);
    },
  );

  it.each(['rebound.example', 'localhost.rebound.example:8010', '127.0.0.1.rebound.example', undefined])(
    'whose host is %s is not: a page has made its own name point here',
    (host) => {
      expect(isFromHere('127.0.0.1', { host })).toBe(false);
    },
  );
});
