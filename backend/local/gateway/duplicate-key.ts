import { EJSON, ObjectId } from 'bson';
import { type Doc, isDoc } from './documents.ts';

/** Which unique index refused which document. */
interface Duplicate {
  namespace: string;
  indexName: string;
  keyPattern: Doc;
  /** The document that was to be written, as far as it is known. */
  document: Doc;
}

/** `errmsg`, `keyPattern` and `keyValue` of an E11000 error, as mongod words them. */
export function describeDuplicate(duplicate: Duplicate): { errmsg: string; keyPattern: Doc; keyValue: Doc } {
  const { namespace, indexName, keyPattern, document } = duplicate;
  const keyValue: Doc = {};
  for (const path of Object.keys(keyPattern)) keyValue[path] = valueAt(document, path) ?? null;
  const errmsg = `E11000 duplicate key error collection: ${namespace} index: ${indexName} dup key: ${show(keyValue)}`;
  return { errmsg, keyPattern, keyValue };
}

/** The value at a dotted path; in an array of documents, that of the first. */
function valueAt(document: Doc, path: string): unknown {
  let value: unknown = document;
  for (const key of path.split('.')) {
    if (Array.isArray(value) && !(key in value)) [value] = value;
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === key)?.[1];
  }
  return value;
}

/** A value as the shell of MongoDB prints it: `{ a: 1, b: "x" }`. */
function show(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (Array.isArray(value)) return `[ ${value.map((item) => show(item)).join(', ')} ]`;
  if (isDoc(value))
    return `{ ${Object.entries(value)
      .map(([key, field]) => `${key}: ${show(field)}`)
      .join(', ')} }`;
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  return EJSON.stringify(value);
}

/**
 * The document that one update operation `{q, u, upsert}` was to write, as far as the request tells:
 * the replacement, or the equalities of the query with $setOnInsert and $set on top.
 */
export function documentOfUpdate(operation: Doc): Doc {
  const query = isDoc(operation['q']) ? operation['q'] : {};
  const flat = Object.fromEntries(Object.entries(query).filter(([key, value]) => isEquality(key, value)));
  if (Array.isArray(operation['u'])) {
    for (const stage of operation['u']) if (isDoc(stage)) Object.assign(flat, stage['$set'], stage['$addFields']);
  } else if (isDoc(operation['u'])) {
    const update = operation['u'];
    if (!Object.keys(update)[0]?.startsWith('$')) return update;
    Object.assign(flat, update['$setOnInsert'], update['$set']);
  }
  const document: Doc = {};
  for (const [path, value] of Object.entries(flat)) setAt(document, path.split('.'), value);
  return document;
}

function isEquality(key: string, value: unknown): boolean {
  return !key.startsWith('$') && !(isDoc(value) && Object.keys(value)[0]?.startsWith('$') === true);
}

function setAt(document: Doc, path: string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    document[key] = value;
    return;
  }
  const inner = document[key];
  const target: Doc = isDoc(inner) ? inner : {};
  document[key] = target;
  setAt(target, rest, value);
}
