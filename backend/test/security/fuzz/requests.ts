import { gzipSync } from 'node:zlib';
import type { Operation } from './document.ts';
import { alternativesOf, mutationsOf, type SampleContext, sampleOf } from './samples.ts';
import { hostileIds, hostileTexts, hostileValues, malformedBodies, tamperedCursors } from './values.ts';

/** One request of the fuzzer. */
export interface FuzzRequest {
  readonly operation: Operation;
  /** What is odd about it. */
  readonly kind: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Who sends it: whom the operation is for, somebody without a session, or without or with a wrong CSRF token. */
  readonly sender: 'caller' | 'stranger' | 'no-csrf' | 'wrong-csrf' | 'not-admin';
}

export interface FuzzContext extends SampleContext {
  /** Ids of somebody else's rows. */
  readonly others: readonly string[];
}

const bomb = gzipSync(Buffer.alloc(8_000_000, 0x20));
const json = { 'content-type': 'application/json' };

/** Makes every request of the fuzzer for an operation. */
export function* requestsFor(context: FuzzContext, operation: Operation): Generator<FuzzRequest> {
  const usual = usualRequest(context, operation);
  yield usual;
  for (const sender of ['stranger', 'no-csrf', 'wrong-csrf', 'not-admin'] as const) {
    yield { ...usual, kind: sender, sender };
  }
  for (const draft of pathDrafts(context, operation)) yield { ...usual, ...draft };
  for (const draft of queryDrafts(context, operation)) yield { ...usual, ...draft };
  for (const draft of bodyDrafts(context, operation)) yield { ...usual, ...draft };
}

/** The request that the document asks for. */
function usualRequest(context: FuzzContext, operation: Operation): FuzzRequest {
  const usual = {
    operation,
    kind: 'usual',
    path: pathOf(context, operation, {}),
    headers: {},
    sender: 'caller' as const,
  };
  if (operation.body === undefined) return usual;
  return { ...usual, headers: json, body: JSON.stringify(sampleOf(context, operation.body)) };
}

/** The path with its parameters filled in; required query parameters are added. */
function pathOf(context: FuzzContext, { path, parameters }: Operation, given: Record<string, string>): string {
  const valueOf = (name: string, schema: Record<string, unknown>): string =>
    given[name] ?? String(sampleOf(context, schema, name));
  let filled = path;
  const query: string[] = [];
  for (const { name, in: place, required, schema } of parameters) {
    if (place === 'path') filled = filled.replace(`{${name}}`, percentEncode(valueOf(name, schema)));
    else if (required === true) query.push(`${name}=${percentEncode(valueOf(name, schema))}`);
  }
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

function* pathDrafts(context: FuzzContext, operation: Operation): Generator<Pick<FuzzRequest, 'kind' | 'path'>> {
  for (const { name, in: place } of operation.parameters) {
    if (place !== 'path') continue;
    for (const value of hostileIds(context.others)) {
      yield { kind: `path ${name}`, path: pathOf(context, operation, { [name]: value }) };
    }
    yield { kind: `path ${name}`, path: pathOf(context, operation, {}).replace(context.ids[name] ?? name, '%ff%zz') };
  }
}

function* queryDrafts(context: FuzzContext, operation: Operation): Generator<Pick<FuzzRequest, 'kind' | 'path'>> {
  const base = pathOf(context, operation, {});
  const join = base.includes('?') ? '&' : '?';
  const parameters = operation.parameters.filter((parameter) => parameter.in === 'query');
  for (const { name, schema } of parameters) {
    const sample = percentEncode(String(sampleOf(context, schema, name)));
    yield { kind: `query ${name} usual`, path: `${base}${join}${name}=${sample}` };
    const texts = name === 'cursor' ? [...hostileTexts, ...tamperedCursors] : [...hostileTexts, ...context.others];
    for (const text of texts) {
      yield { kind: `query ${name}`, path: `${base}${join}${name}=${percentEncode(text)}` };
    }
    yield { kind: `query ${name} twice`, path: `${base}${join}${name}=${sample}&${name}=${sample}` };
    yield { kind: `query ${name} operator`, path: `${base}${join}${name}[$gt]=${sample}` };
    yield { kind: `query ${name} not decodable`, path: `${base}${join}${name}=%ff%zz` };
  }
  yield { kind: 'query surplus', path: `${base}${join}surplus=1&__proto__[x]=1` };
}

function* bodyDrafts(
  context: FuzzContext,
  operation: Operation,
): Generator<Pick<FuzzRequest, 'kind' | 'headers' | 'body'>> {
  if (operation.body === undefined) return;
  for (const alternative of alternativesOf(context, operation.body)) {
    const sample = sampleOf(context, alternative);
    yield { kind: 'body usual', headers: json, body: JSON.stringify(sample) };
    for (const changed of mutationsOf(sample, [...hostileValues, ...context.others.slice(0, 1)])) {
      yield { kind: 'body', headers: json, body: JSON.stringify(changed) };
    }
  }
  for (const malformed of malformedBodies(bomb)) yield { kind: 'body malformed', ...malformed };
}

/** A lone surrogate is sent as the bytes that stand for it, which no UTF-8 has. */
function percentEncode(text: string): string {
  return /\p{Surrogate}/u.test(text) ? '%ED%A0%80' : encodeURIComponent(text);
}
