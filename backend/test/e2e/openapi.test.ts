import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

const methods = ['get', 'post', 'patch', 'delete'] as const;

const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z][A-Za-z]+$/),
  summary: z.string().min(1),
  tags: z.array(z.string()).length(1),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.enum(['path', 'query']),
        required: z.boolean().optional(),
        schema: z.looseObject({ type: z.string() }),
      }),
    )
    .optional(),
  requestBody: z.strictObject({ required: z.boolean(), content: z.record(z.string(), z.looseObject({})) }).optional(),
  responses: z.record(z.string().regex(/^[2-5]\d\d$/), z.looseObject({ description: z.string().min(1) })),
});
const description = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.looseObject({ title: z.string().min(1), version: z.string().min(1) }),
  components: z.looseObject({
    securitySchemes: z.record(
      z.string(),
      z.strictObject({
        type: z.literal('apiKey'),
        in: z.enum(['cookie', 'header']),
        name: z.string(),
        description: z.string(),
      }),
    ),
    schemas: z.record(z.string().regex(/^[A-Z][A-Za-z]+$/), z.looseObject({})),
  }),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(methods), operation)),
  webhooks: z.strictObject({}).optional(),
});

const answer = z.looseObject({
  content: z.record(z.string(), z.looseObject({ schema: z.unknown() })).optional(),
});

const layers = z.array(
  z.looseObject({
    route: z.looseObject({ path: z.string(), methods: z.record(z.string(), z.literal(true)) }).optional(),
  }),
);

const aFunction = z.instanceof(Function);

/** The router of the Express application that answers at `url`, as it runs. */
async function routerAt(url: string): Promise<object> {
  let app: unknown;
  const onRequest = (message: unknown): void => {
    const { server } = z.object({ server: z.instanceof(Server) }).parse(message);
    [app] = server.listeners('request');
  };
  subscribe('http.server.request.start', onRequest);
  await fetch(`${url}/health/live`);
  unsubscribe('http.server.request.start', onRequest);
  return aFunction.parse(Reflect.get(aFunction.parse(app), 'router'));
}

/** The layers of a router, or nothing when it is another kind of function. */
function layersOf(router: object): z.output<typeof layers> | undefined {
  return layers.optional().parse(Reflect.get(router, 'stack'));
}

describe('the description of the API', () => {
  let it365: ConnectedService;
  let described: z.output<typeof description>;
  beforeAll(async () => {
    it365 = await startConnectedService();
    described = description.parse((await it365.browser().once('/api/openapi.json')).body);
  });
  afterAll(async () => {
    await it365[Symbol.asyncDispose]();
  });

  const operations = () =>
    Object.entries(described.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, details]) => ({ name: `${method} ${path}`, path, method, details })),
    );

  it('holds every route that is mounted, and no other', async () => {
    const router = await routerAt(it365.url);
    const mounted = (layersOf(router) ?? []).flatMap(({ route }) => {
      if (route === undefined) return [];
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
      return Object.keys(route.methods).map((method) => `${method} ${path}`);
    });

    expect(mounted.length).toBeGreaterThan(15);
    expect(
      operations()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([...mounted, 'get /api/docs/'].toSorted());
  });

  it('has no router beside the page about it, where a route could hide', async () => {
    const nested = (layersOf(await routerAt(it365.url)) ?? []).filter(
      ({ handle, route }) => route === undefined && typeof handle === 'function' && layersOf(handle) !== undefined,
    );

    const matches = nested.map((layer) => Reflect.apply(aFunction.parse(layer['match']), layer, ['/api/docs/x']));
    expect(matches).toMatchObject([{ path: '/api/docs' }]);
  });

  it('names every part of a path, and every scheme of security, that it uses', () => {
    for (const { name, path, details } of operations()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part);
      const named = (details.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect([name, named.map((parameter) => parameter.name)]).toEqual([name, inPath]);
      expect(named.every(({ required }) => required === true)).toBe(true);
      const known = Object.keys(described.components.securitySchemes);
      expect(known).toEqual(expect.arrayContaining(details.security.flatMap((scheme) => Object.keys(scheme))));
    }
    expect(JSON.stringify(described)).not.toMatch(/"nullable"/);
  });

  it('says of each route whether one must be signed in, and it is so', async () => {
    const paths = operations().filter(({ method, path }) => method === 'get' && !path.includes('{'));

    for (const { path, details } of paths) {
      const { status } = await it365.browser().once(path);
      expect([path, status === 401]).toEqual([path, details.security.length > 0]);
    }
    expect(paths.length).toBeGreaterThan(7);
  });

  it('gives every operation a name of its own, and names what it returns', () => {
    const names = operations().map(({ details: { operationId } }) => operationId);

    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['getRules', 'postRules', 'patchRulesRuleId', 'deleteMe']));
    const schemas = Object.keys(described.components.schemas);
    expect(schemas).toEqual(expect.arrayContaining(['Rule', 'Pattern', 'Mailbox', 'Event', 'Problem']));
    for (const schema of schemas) {
      expect([schema, JSON.stringify(described).includes(`"#/components/schemas/${schema}"`)]).toEqual([schema, true]);
    }
  });

  it('says of every write that it needs the session and the CSRF token, and of every body how it can be refused', () => {
    const { csrf } = described.components.securitySchemes;
    expect(csrf).toMatchObject({ in: 'header', name: 'x-msedb-csrf' });
    const writes = operations().filter(({ method, details }) => method !== 'get' && details.security.length > 0);

    expect(writes.length).toBeGreaterThan(25);
    for (const { name, details } of writes)
      expect([name, details.security]).toEqual([name, [{ session: [], csrf: [] }]]);
    for (const { name, path, details } of operations()) {
      const isProbe = /^\/(?:health|metrics)/.test(path);
      const wanted = ['400', ...(details.requestBody ? ['413', '415'] : []), ...(isProbe ? [] : ['429', '503'])];
      expect([name, Object.keys(details.responses)]).toEqual([name, expect.arrayContaining(wanted)]);
    }
  });

  it('says where Microsoft can refuse', () => {
    const refusable = operations().filter(({ details }) => details.responses['502'] !== undefined);

    expect(
      refusable.map(({ details }) => details.operationId).toSorted((one, other) => one.localeCompare(other)),
    ).toEqual(['getAuthCallback', 'postAuditAuditIdUndo', 'postStagingStagedIdExecute', 'postStagingStagedIdRescue']);
  });

  it.each(['0000-01-01', '1969-12-31', '9999-12-31T23:59:59-14:00', '2026-02-30', '+010000-01-01'])(
    'holds for the time %s: it is refused, not answered in another form',
    async (time) => {
      const ada = await it365.signedIn(admin);
      for (const path of ['/api/events', '/api/events/timeline', '/api/events/senders', '/api/audit']) {
        const { status } = await ada.once(`${path}?to=${encodeURIComponent(time)}`);
        expect([path, status]).toEqual([path, 400]);
      }
    },
  );

  it('says of every list that it can take too long', () => {
    const list = z.looseObject({ properties: z.looseObject({ items: z.looseObject({ type: z.literal('array') }) }) });
    const lists = operations().filter(({ method, details: { responses } }) => {
      const { content } = answer.parse(responses['200'] ?? {});
      return method === 'get' && list.safeParse(content?.['application/json']?.schema).success;
    });

    expect(lists.map(({ path }) => path).toSorted()).toEqual([
      '/api/admin/audit',
      '/api/admin/mailboxes',
      '/api/admin/users',
      '/api/audit',
      '/api/events',
      '/api/events/senders',
      '/api/events/timeline',
      '/api/mailboxes',
      '/api/mailboxes/{mailboxId}/categories',
      '/api/mailboxes/{mailboxId}/folders',
      '/api/me/sessions',
      '/api/notifications',
      '/api/patterns',
      '/api/rules',
      '/api/rules/{ruleId}/runs',
      '/api/staging',
    ]);
    for (const { name, details } of lists) {
      expect([name, details.responses['503']?.description]).toEqual([name, expect.stringMatching(/^too_much/)]);
    }
  });

  it('tells which bodies a request cannot do without', () => {
    const required = operations().filter(({ details }) => details.requestBody?.required === true);
    expect(required.map(({ name }) => name).toSorted()).toEqual([
      'patch /api/admin/users/{userId}',
      'patch /api/rules/{ruleId}',
      'post /api/admin/users',
      'post /api/audit/undo',
      'post /api/mailboxes/{mailboxId}/access',
      'post /api/messages/{messageId}/always',
      'post /api/patterns/bulk',
      'post /api/patterns/{patternId}/customize',
      'post /api/rules',
      'post /api/rules/import',
      'post /api/rules/reorder',
      'post /api/rules/replay',
      'post /api/rules/{ruleId}/accept',
      'post /api/rules/{ruleId}/run',
      'post /api/staging/execute',
      'post /api/staging/rescue',
    ]);
  });

  it('is shown by a page that needs nothing from elsewhere', async () => {
    const browser = await it365.signedIn(admin);
    const page = await browser.visit('/api/docs');

    expect([page.status, page.url]).toEqual([200, `${it365.url}/api/docs/`]);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self';(?!.*script-src)/);
    const html = z.string().parse(page.body);
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => new URL(link, page.url));
    expect(assets.length).toBeGreaterThan(5);
    for (const { origin, href } of assets) {
      expect(origin).toBe(it365.url);
      expect([href, (await browser.once(href)).status]).toEqual([href, 200]);
    }
    const script = await browser.once('/api/docs/swagger-initializer.js');
    expect(script.headers.get('content-type')).toMatch(/javascript/);
    expect(script.body).toContain("url: '/api/openapi.json'");
    expect(script.body).toContain('validatorUrl: null');
  });
});
