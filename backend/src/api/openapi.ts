import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { type OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import express, { Router } from 'express';
import { z } from 'zod';
import { foreignPagePolicy } from '../http/content-policy.ts';
import { commonResponses, operationIdOf } from '../http/operation-responses.ts';
import { json, openRoute, type RouteContext } from '../http/route.ts';

const tag = 'about';

/** Mounts the OpenAPI 3.1 document and Swagger UI. Mounted last, so that the document describes every route. */
export function mountOpenApi(context: RouteContext, version: string): void {
  const { registry, router, limits } = context;
  let described: object | undefined;
  openRoute(
    context,
    ['public', 'get', '/api/openapi.json'],
    { summary: 'The OpenAPI document', tag, responses: { 200: json(z.looseObject({}), 'OpenAPI 3.1') } },
    async () => {
      described ??= describe(registry, version); // anyone may ask, and it takes milliseconds
      return { status: 200, body: described };
    },
  );
  registry.registerPath({
    method: 'get',
    path: '/api/docs/',
    operationId: operationIdOf('get', '/api/docs/'),
    summary: 'Swagger UI for the OpenAPI document',
    tags: [tag],
    security: [],
    responses: {
      ...commonResponses({ guard: 'public', isWrite: false, hasBody: false }),
      200: { description: 'The page', content: { 'text/html': { schema: z.string() } } },
    },
  });
  router.use('/api/docs', limits.strangers, foreignPagePolicy('none'), createPage());
}

function describe(registry: OpenAPIRegistry, version: string): object {
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'MSEDB', version, description: 'Observes, learns, suggests, and acts only with approval.' },
  });
}

/** Swagger UI from its package; nothing is fetched from elsewhere. */
function createPage(): Router {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const page = Router();
  page.get('/swagger-initializer.js', (_request, response) => {
    response.type('js').send(initializer);
  });
  page.use(express.static(folder, { index: 'index.html' }));
  return page;
}

// validatorUrl: null keeps Swagger UI from sending the document to a validator on the internet.
// Whoever is signed in can try writes: the token is fetched with their session.
const initializer = `window.onload = () => {
  const authorize = async () => {
    const answer = await fetch('/auth/me');
    if (answer.ok) window.ui.preauthorizeApiKey('csrf', (await answer.json()).csrfToken);
  };
  window.ui = SwaggerUIBundle({
    url: '/api/openapi.json',
    dom_id: '#swagger-ui',
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: 'StandaloneLayout',
    validatorUrl: null,
    onComplete: authorize,
  });
};
`;
