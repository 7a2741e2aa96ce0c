import { once } from 'node:events';
import { connect } from 'node:net';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Browser } from '../harness/browser.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { startTestService, type TestService } from '../harness/service.ts';

let it365: ConnectedService;
let ada: Browser;
beforeAll(async () => {
  it365 = await startConnectedService();
  ada = await it365.signedIn(admin);
});
afterAll(async () => {
  await it365[Symbol.asyncDispose]();
});

/** Sends lines of HTTP as they are. @returns the status of the answer */
async function sendRaw(port: number, lines: readonly string[]): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  socket.write([...lines, 'connection: close', '', ''].join('\r\n'));
  await once(socket, 'close');
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}

const openApi = z.object({
  paths: z.record(z.string(), z.object({ get: z.object({ security: z.array(z.unknown()) }).optional() })),
});

/** Every address that a signed-in person reads, as the API describes itself; ids are those of nothing. */
async function personalReads(): Promise<string[]> {
  const { paths } = openApi.parse((await ada.once('/api/openapi.json')).body);
  return Object.entries(paths)
    .filter(([, { get }]) => get !== undefined && get.security.length > 0)
    .map(([path]) => path.replaceAll(/\{\w+\}/g, 'a'.repeat(24)));
}

describe('what concerns a person', () => {
  it('is kept by no cache, whatever is read and whoever asks', async () => {
    const personal = await personalReads();
    const cached: string[] = [];
    for (const path of personal) {
      for (const browser of [ada, it365.browser()]) {
        const { headers } = await browser.once(path, { method: path === '/api/stream' ? 'HEAD' : 'GET' });
        if (headers.get('cache-control')?.startsWith('no-store') !== true) cached.push(path);
      }
    }

    expect(personal.length).toBeGreaterThan(20);
    expect(personal).toContain('/api/admin/audit');
    expect(cached).toEqual([]);
  });

  it('is forgotten by the browser at logout', async () => {
    const leaving = await it365.signedIn(admin);

    const { status, headers } = await leaving.write('POST', '/auth/logout');

    expect([status, headers.get('clear-site-data')]).toEqual([204, '"cache", "storage"']);
  });
});

describe('the Host header', () => {
  it.each([
    [['localhost'], 200],
    [['localhost', 'elsewhere.example'], 400],
    [['localhost', 'localhost'], 400],
    [[], 400],
  ])('of a request with %j is answered with %i', async (hosts, status) => {
    const lines = ['GET /health/live HTTP/1.1', ...hosts.map((host) => `Host: ${host}`)];

    expect(await sendRaw(it365.service.runtime.port, lines)).toBe(status);
  });
});

describe('a body', () => {
  const json = { 'content-type': 'application/json' };
  const huge = JSON.stringify({ text: 'x'.repeat(2_000_000) });

  it.each([
    ['malformed', '{"name":'],
    ['too large', huge],
  ])('that is %s is not read for a stranger', async (_kind, body) => {
    const reply = await it365.browser().once('/api/rules', { method: 'POST', headers: json, body });

    expect([reply.status, reply.body]).toMatchObject([401, { error: { code: 'not_signed_in' } }]);
  });

  it.each([
    ['is malformed', { body: '{"name":' }, 400, 'malformed_json'],
    ['is too large', { body: huge }, 413, 'too_large'],
    ['is a form', { body: 'a=b', type: 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    ['is text', { body: '{}', type: 'text/plain' }, 415, 'unsupported_media_type'],
    [
      'has a charset that nobody knows',
      { body: '{}', type: 'application/json; charset=x' },
      415,
      'unsupported_media_type',
    ],
    ['is compressed in an unknown way', { body: '{}', encoding: 'x' }, 415, 'unsupported_media_type'],
  ])('that %s is refused', async (_kind, { body, ...said }, status, code) => {
    const csrf = z.object({ csrfToken: z.string() }).parse((await ada.once('/auth/me')).body).csrfToken;
    const { type, encoding } = { type: 'application/json', encoding: undefined, ...said };
    const headers = { 'x-msedb-csrf': csrf, 'content-type': type };
    const reply = await ada.once('/api/me/preferences', {
      method: 'PATCH',
      headers: encoding === undefined ? headers : { ...headers, 'content-encoding': encoding },
      body,
    });

    expect([reply.status, reply.body]).toMatchObject([status, { error: { code } }]);
  });
});

/** The directives of the policy of an answer. */
function policyOf({ headers }: { headers: Headers }): Record<string, string> {
  const directives = (headers.get('content-security-policy') ?? '').split(';').map((part) => part.trim().split(' '));
  return Object.fromEntries(directives.map(([name, ...values]) => [name, values.join(' ')]));
}

describe('the content policy', () => {
  it.each(['/health/live', '/api/mailboxes', '/auth/me', '/nowhere', '/api/openapi.json'])(
    'of %s allows nothing from elsewhere, nothing inline, and no other base',
    async (path) => {
      const policy = policyOf(await ada.once(path));

      expect(policy).toMatchObject({ 'default-src': "'self'", 'object-src': "'none'", 'base-uri': "'none'" });
      expect(policy).toMatchObject({ 'frame-ancestors': "'none'", 'form-action': "'self'" });
      expect(Object.values(policy).join(' ')).not.toMatch(/unsafe|https:|\*/);
    },
  );

  it('lets only the two pages from packages set styles of their own', async () => {
    const docs = policyOf(await ada.once('/api/docs/'));
    const board = policyOf(await ada.once('/admin/queues', { headers: { accept: 'text/html' } }));

    expect(docs).toMatchObject({
      'style-src': "'self' 'unsafe-inline'",
      'base-uri': "'none'",
      'default-src': "'self'",
    });
    expect(board).toMatchObject({ 'style-src': "'self' 'unsafe-inline'", 'default-src': "'self'" });
  });
});

describe('the page about the API', () => {
  it('authorizes writes with the token of whoever is signed in', async () => {
    const authorized: string[][] = [];
    const script = z.string().parse((await ada.once('/api/docs/swagger-initializer.js')).body);
    const settings: { onComplete?: () => Promise<void>; url?: string }[] = [];
    const bundle = Object.assign(
      (given: (typeof settings)[number]) => {
        settings.push(given);
        return { preauthorizeApiKey: (...what: string[]) => authorized.push(what) };
      },
      { presets: { apis: [] } },
    );
    const page: { onload?: () => void } = {};
    const fetchAsBrowser = async (path: string) => {
      const { status, body } = await ada.once(path);
      return { ok: status === 200, json: async () => body };
    };
    const globals = { window: page, SwaggerUIBundle: bundle, SwaggerUIStandalonePreset: [], fetch: fetchAsBrowser };
    runInContext(script, createContext(globals));

    page.onload?.();
    await settings[0]?.onComplete?.();

    expect(authorized).toEqual([['csrf', expect.stringMatching(/^[\w-]{43}$/)]]);
    const headers = { 'x-msedb-csrf': authorized[0]?.[1] ?? '', 'content-type': 'application/json' };
    const write = await ada.once('/api/me/preferences', { method: 'PATCH', headers, body: '{}' });
    expect(write.status).toBe(200);
  });
});

describe('the metrics of a service without METRICS_TOKEN', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ config: { role: 'worker' } });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  it.each([
    ['localhost:8010', 200],
    ['127.0.0.1', 200],
    ['[::1]:8010', 200],
    ['rebound.example:8010', 403],
    ['localhost.rebound.example', 403],
  ])('are answered by this machine for host %s with %i', async (host, status) => {
    expect((await service.http.get('/metrics').set('host', host)).status).toBe(status);
  });

  it('are not answered for a proxy on this machine', async () => {
    const direct = await service.http.get('/metrics');
    const proxied = await service.http.get('/metrics').set('x-forwarded-for', '127.0.0.1');

    expect([direct.status, direct.headers['content-type']]).toEqual([200, expect.stringContaining('version=0.0.4')]);
    expect([proxied.status, proxied.body]).toMatchObject([403, { error: { code: 'loopback_only' } }]);
  });

  it('are not answered at all where a proxy stands in front', async () => {
    const reply = await fetch(`http://127.0.0.1:${it365.service.runtime.port}/metrics`);

    expect([reply.status, await reply.json()]).toMatchObject([403, { error: { code: 'loopback_only' } }]);
  });
});

describe('a service at an https address without TRUST_PROXY', () => {
  const logger = { error: vi.fn(), warn: vi.fn(), info: vi.fn(), debug: vi.fn() };
  let service: TestService;
  let warnings: unknown[];
  beforeAll(async () => {
    service = await startTestService({ logger, config: { http: { port: 0, appUrl: 'https://msedb.example' } } });
    warnings = logger.warn.mock.calls.map(([message]) => message);
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  it('warns at its start', () => {
    expect(warnings).toContainEqual(expect.stringMatching(/https.*TRUST_PROXY/));
  });

  it.each([{ 'x-forwarded-for': '203.0.113.7' }, { forwarded: 'for=203.0.113.7' }, { 'x-real-ip': '203.0.113.7' }])(
    'refuses what a proxy forwards with %o, and says why',
    async (headers) => {
      const reply = await service.http.get('/auth/me').set(headers);

      expect([reply.status, reply.body]).toMatchObject([503, { error: { code: 'proxy_not_trusted' } }]);
      expect(reply.body.error.message).toContain('TRUST_PROXY');
    },
  );

  it('answers direct requests, and is healthy through the proxy as well', async () => {
    expect((await service.http.get('/auth/me')).status).toBe(401);
    expect((await service.http.get('/health').set('x-forwarded-for', '203.0.113.7')).status).toBe(200);
  });
});
