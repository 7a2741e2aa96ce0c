import { describe, expect, it } from 'vitest';
import { redact, redactText } from './redact.ts';
import { Secret } from './secret.ts';

describe('redactText', () => {
  it.each([
    ['mongodb://user:hush@host:27017/db', 'mongodb://[redacted]@host:27017/db'],
    ['redis://:hush@10.0.0.1:6379', 'redis://[redacted]@10.0.0.1:6379'],
    ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer [redacted]'],
    ['dup key: { email: "jo.doe+x@mail.example.com" }', 'dup key: { email: "[address]" }'],
    ['connect ECONNREFUSED 127.0.0.1:27017', 'connect ECONNREFUSED 127.0.0.1:27017'],
  ])('turns %s into %s', (text, clean) => {
    expect(redactText(text)).toBe(clean);
  });
});

describe('redact', () => {
  it.each([
    'password',
    'accessToken',
    'refresh_token',
    'clientSecret',
    'Authorization',
    'set-cookie',
    'msalCache',
    'clientState',
    'subject',
    'senderEmail',
  ])('masks %s wherever it stands', (key) => {
    const hidden = redact({ a: [{ b: { [key]: 'hush' } }], [key]: { nested: 'hush' } });

    expect(JSON.stringify(hidden)).not.toContain('hush');
  });

  it('keeps what is no secret', () => {
    const facts = { queue: 'token-refresh', tokenCount: 3, hasToken: true, at: new Date(0), list: [1, null, 'x'] };

    expect(redact(facts)).toEqual(facts);
  });

  it('keeps queue names that sound like secrets readable', () => {
    expect(redact({ queues: { 'token-refresh': { waiting: 1 } } })).toEqual({
      queues: { 'token-refresh': { waiting: 1 } },
    });
  });

  it('cleans errors with their causes and own fields', () => {
    const error = Object.assign(new Error('no user jo@example.com', { cause: new Error('at redis://:hush@h') }), {
      code: 11000,
      password: 'hush',
    });

    const plain = redact({ error });

    expect(JSON.stringify(plain)).not.toMatch(/hush|jo@example/);
    expect(plain).toMatchObject({ error: { name: 'Error', message: 'no user [address]', code: 11000 } });
  });

  it('survives cycles and shows no Secret', () => {
    const cycle: Record<string, unknown> = { value: new Secret('hush') };
    cycle['self'] = cycle;

    expect(JSON.stringify(redact(cycle))).not.toContain('hush');
  });

  it('leaves the value itself as it was', () => {
    const value = { password: 'hush' };

    redact(value);

    expect(value.password).toBe('hush');
  });
});
