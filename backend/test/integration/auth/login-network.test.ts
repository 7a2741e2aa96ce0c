import { describe, expect, it } from 'vitest';
import { createLoginNetwork } from '../../../src/auth/microsoft/login-network.ts';
import { serve } from './odd-server.ts';

const secretPost = { body: 'refresh_token=secret&client_secret=secret' };

describe('what MSAL calls Microsoft with', () => {
  it('hands on status, headers and body', async () => {
    const url = await serve((request, response) => {
      response.writeHead(400, { 'x-ms-request-id': 'id' }).end(JSON.stringify({ error: request.headers['x-one'] }));
    });

    const reply = createLoginNetwork(url).sendPostRequestAsync(url, { ...secretPost, headers: { 'x-one': 'two' } });

    expect(await reply).toMatchObject({ status: 400, headers: { 'x-ms-request-id': 'id' }, body: { error: 'two' } });
  });

  it('follows no redirect, so that no secret goes where nobody looked', async () => {
    let received = 0;
    const elsewhere = await serve((_request, response) => {
      received += 1;
      response.end('{}');
    });
    const url = await serve((_request, response) => response.writeHead(307, { location: elsewhere }).end());

    const attempt = createLoginNetwork(url).sendPostRequestAsync(url, secretPost);

    await expect(attempt).rejects.toMatchObject({ errorCode: 'network' });
    expect(received).toBe(0);
  });

  it('calls no other origin than the configured one', async () => {
    let received = 0;
    const elsewhere = await serve((_request, response) => {
      received += 1;
      response.end('{}');
    });

    const attempt = createLoginNetwork('http://127.0.0.1:1').sendPostRequestAsync(elsewhere, secretPost);

    await expect(attempt).rejects.toMatchObject({ errorCode: 'foreign_origin' });
    expect(received).toBe(0);
  });

  it('gives up when there is no answer in time, or only the beginning of one', async () => {
    const silent = await serve(() => undefined);
    const halting = await serve((_request, response) => response.writeHead(200).write('{'));

    for (const url of [silent, halting]) {
      const attempt = createLoginNetwork(url, 200).sendGetRequestAsync(url);
      await expect(attempt).rejects.toMatchObject({ errorCode: 'timeout' });
    }
  });

  it('takes what is no JSON for a fault that passes', async () => {
    const url = await serve((_request, response) => response.end('<html>a proxy’s own page</html>'));

    await expect(createLoginNetwork(url).sendPostRequestAsync(url, secretPost)).rejects.toMatchObject({
      errorCode: 'unreadable_answer',
    });
  });

  it.each([
    ['in seconds', () => '7', 7_000, 7_000],
    ['as a date', () => new Date(Date.now() + 60_000).toUTCString(), 50_000, 60_000],
    ['as a date that is over', () => new Date(Date.now() - 60_000).toUTCString(), 0, 0],
  ])('reads how long to wait from Retry-After: %s', async (_how, tell, leastMs, mostMs) => {
    const header = tell();
    const url = await serve((_request, response) => response.writeHead(429, { 'retry-after': header }).end());

    const failure = await createLoginNetwork(url)
      .sendGetRequestAsync(url)
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ errorCode: 'status_429' });
    expect(failure).toHaveProperty(
      'retryAfterMs',
      expect.toSatisfy((ms: number) => ms >= leastMs && ms <= mostMs),
    );
  });
});
