import { describe, expect, it } from 'vitest';
import { authorityOrigin, wireUrl } from './login-network.ts';

describe('the address of the sign-in service', () => {
  it('is https toward MSAL when it is http on this machine', () => {
    expect(authorityOrigin('http://127.0.0.1:9010')).toBe('https://127.0.0.1:9010');
    expect(authorityOrigin('http://localhost:9010/')).toBe('https://localhost:9010');
    expect(authorityOrigin('http://[::1]:9010')).toBe('https://[::1]:9010');
  });

  it('is otherwise what it is, http elsewhere too', () => {
    expect(authorityOrigin('https://login.microsoftonline.com/')).toBe('https://login.microsoftonline.com');
    expect(authorityOrigin('http://login.example.com')).toBe('http://login.example.com');
  });

  it('is http again on the wire, for exactly this origin', () => {
    const loginUrl = 'http://127.0.0.1:9010';

    expect(wireUrl('https://127.0.0.1:9010/common/oauth2?a=b', loginUrl)).toBe(
      'http://127.0.0.1:9010/common/oauth2?a=b',
    );
    for (const other of [
      'https://127.0.0.1:9011/common',
      'https://localhost:9010/common',
      'https://127.0.0.1/common',
    ]) {
      expect(wireUrl(other, loginUrl)).toBe(other);
    }
    expect(wireUrl('https://login.microsoftonline.com/common', 'https://login.microsoftonline.com')).toBe(
      'https://login.microsoftonline.com/common',
    );
  });
});
