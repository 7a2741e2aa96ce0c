import type { ApiDocument, Schema } from './document.ts';
import type { KnownIds } from './values.ts';

export interface SampleContext {
  readonly document: ApiDocument;
  readonly ids: KnownIds;
}

/** Makes a value that a schema admits, with every property. @param name of the property or parameter, for ids */
export function sampleOf(context: SampleContext, schema: Schema, name = ''): unknown {
  const known = context.ids[name];
  if (known !== undefined && schema['type'] !== 'array') return known;
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const [choice] = choicesOf(context, schema);
  return choice === undefined ? sampleOfType(context, schema, name) : sampleOf(context, choice, name);
}

/** Resolves a reference, and returns the alternatives of a schema; none when it has no alternatives. */
function choicesOf({ document }: SampleContext, schema: Schema): Schema[] {
  const { $ref } = schema;
  if (typeof $ref === 'string') {
    const named = document.components.schemas[$ref.split('/').at(-1) ?? ''];
    return named === undefined ? [] : [named];
  }
  const lists = [schema['oneOf'], schema['anyOf'], schema['allOf']].filter((list) => Array.isArray(list));
  return lists.flat().filter(isSchema);
}

function sampleOfType(context: SampleContext, schema: Schema, name: string): unknown {
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'object':
      return Object.fromEntries(propertiesOf(schema).map(([key, value]) => [key, sampleOf(context, value, key)]));
    case 'array':
      return isSchema(schema['items']) ? [sampleOf(context, schema['items'], name)] : [];
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    default:
      return sampleText(name);
  }
}

function sampleText(name: string): string {
  if (/email|sender/i.test(name)) return 'news@letters.example';
  if (/domain/i.test(name)) return 'letters.example';
  if (name === 'from') return '2026-01-01';
  if (name === 'to') return '2026-01-31T12:00:00+02:00';
  return 'inbox';
}

function propertiesOf(schema: Schema): [string, Schema][] {
  return Object.entries(isSchema(schema['properties']) ? schema['properties'] : {}).flatMap(([key, value]) =>
    isSchema(value) ? [[key, value]] : [],
  );
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every alternative that a body can take at its top. */
export function alternativesOf(context: SampleContext, schema: Schema): Schema[] {
  const choices = choicesOf(context, schema);
  return choices.length === 0 ? [schema] : choices.flatMap((choice) => alternativesOf(context, choice));
}

/** Returns copies of a value: with each part replaced by each of `values`, left out, or with a field too many. */
export function* mutationsOf(value: unknown, values: readonly unknown[]): Generator {
  yield* values;
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      for (const changed of mutationsOf(item, values)) yield value.with(at, changed);
    }
    yield [...value, ...value];
  } else if (isSchema(value)) {
    yield { ...value, surplus: true };
    for (const [key, part] of Object.entries(value)) {
      const { [key]: _left, ...rest } = value;
      yield rest;
      for (const changed of mutationsOf(part, values)) yield { ...value, [key]: changed };
    }
  }
}
