import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Answer } from './answer.ts';
import type { ApiDocument } from './document.ts';
import type { FuzzRequest } from './requests.ts';

/** Says what is wrong with an answer. */
export type Judge = (request: FuzzRequest, answer: Answer) => string | undefined;

/** Judges answers by the document: their status, their type, their form. An answer of 5xx is always wrong. */
export function createJudge(document: ApiDocument): Judge {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  formats.default(ajv);
  ajv.addSchema({ $id: 'api', components: document.components });
  const validators = new Map<unknown, ReturnType<typeof ajv.compile>>();
  const validatorOf = (schema: Readonly<Record<string, unknown>>) => {
    const known = validators.get(schema) ?? ajv.compile(anchored(schema));
    validators.set(schema, known);
    return known;
  };
  return ({ operation }, { status, contentType, text }) => {
    if (status >= 500) return `answers ${status}`;
    const described = operation.responses[String(status)];
    if (described === undefined) return `answers ${status}, which is not documented`;
    const types = described.content;
    if (types === undefined) return text === '' || status === 302 ? undefined : `answers ${status} with a body`;
    const schema = types[contentType]?.schema;
    if (types[contentType] === undefined) return `answers ${status} as ${contentType}, which is not documented`;
    if (contentType !== 'application/json' || schema === undefined) return undefined;
    const validate = validatorOf(schema);
    return validate(JSON.parse(text))
      ? undefined
      : `answers ${status} against its schema: ${ajv.errorsText(validate.errors)}`;
  };
}

/** References of the document count from its root, those of a compiled schema from itself. */
function anchored(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/'));
}
