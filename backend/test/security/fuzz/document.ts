import { z } from 'zod';

/** A JSON Schema, as the document has it. */
export type Schema = Readonly<Record<string, unknown>>;

const schema = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.looseObject({ schema: schema.optional() })).optional();
const operation = z.looseObject({
  operationId: z.string(),
  tags: z.array(z.string()),
  security: z.array(schema),
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean().optional(), schema }))
    .default([]),
  requestBody: z.looseObject({ content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content })),
});
const apiDocument = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), schema) }),
});

export type ApiDocument = z.output<typeof apiDocument>;

export interface Operation extends z.output<typeof operation> {
  readonly method: string;
  readonly path: string;
  readonly body: Schema | undefined;
}

/** @throws when it is no OpenAPI document of the form that the service publishes */
export function readDocument(json: unknown): ApiDocument {
  return apiDocument.parse(json);
}

/** The operations of a document; those that take something away come last, so that there is something to act on. */
export function operationsOf({ paths }: ApiDocument): Operation[] {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, details]) => ({
      ...details,
      method: method.toUpperCase(),
      path,
      body: details.requestBody?.content?.['application/json']?.schema,
    })),
  );
  return all.toSorted((one, other) => rank(one) - rank(other));
}

function rank({ method, path }: { method: string; path: string }): number {
  if (method === 'DELETE') return 2;
  return /deactivate|logout|execute/.test(path) ? 1 : 0;
}
