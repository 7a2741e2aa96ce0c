import { describe, expect, it } from 'vitest';
import { curlOf } from './api.ts';
import { CookieJar } from './cookie-jar.ts';
import { eventually } from './eventually.ts';

describe('a request as a line for a shell', () => {
  it.each([
    [{ path: '/api/mailboxes' }, 'curl -b $JAR $MSEDB/api/mailboxes'],
    [{ path: '/api/events?limit=5' }, 'curl -b $JAR "$MSEDB/api/events?limit=5"'],
    [{ method: 'POST', path: '/api/x/sync' }, 'curl -b $JAR -H "$CSRF" -X POST $MSEDB/api/x/sync'],
    [{ method: 'POST', path: '/api/x', body: {} }, `curl -b $JAR -H "$CSRF" --json '{}' $MSEDB/api/x`],
    [
      { method: 'PATCH', path: '/api/x', body: { on: true } },
      `curl -b $JAR -H "$CSRF" -X PATCH --json '{"on":true}' $MSEDB/api/x`,
    ],
  ] as const)('%o', (request, expected) => {
    expect(curlOf(request)).toBe(expected);
  });
});

describe('a cookie jar', () => {
  it('keeps what is set and drops what is removed, for itself and for curl', () => {
    const jar = new CookieJar('localhost');
    jar.keep(new Headers([['set-cookie', 'session=abc; Path=/; HttpOnly']]));
    jar.keep(new Headers([['set-cookie', 'login=xyz; Path=/']]));
    jar.keep(new Headers([['set-cookie', 'login=; Path=/; Max-Age=0']]));

    expect(jar.header()).toBe('session=abc');
    expect(jar.toCurlFile(0).split('\n')).toEqual([
      '# Netscape HTTP Cookie File',
      '#HttpOnly_localhost\tFALSE\t/\tFALSE\t86400\tsession\tabc',
      '',
    ]);
  });
});

describe('waiting for an answer', () => {
  it('asks until there is one', async () => {
    const answers = [undefined, undefined, 'here'];

    expect(await eventually('it is here', () => answers.shift(), new AbortController())).toBe('here');
    expect(answers).toEqual([]);
  });

  it('says what it waited for when it times out', async () => {
    const { signal } = new AbortController();

    await expect(eventually('it is here', () => undefined, { signal, limitMs: 0 })).rejects.toThrow(
      'timed out after 0 s waiting until it is here',
    );
  });

  it('ends at once when it is told to', async () => {
    const leaving = new AbortController();
    const waiting = eventually(
      'it is here',
      () => {
        leaving.abort(new Error('ended'));
        return undefined;
      },
      leaving,
    );

    await expect(waiting).rejects.toThrow('ended');
  });
});
