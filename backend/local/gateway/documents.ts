import { BSON } from 'bson';

export type Doc = Record<string, unknown>;

/** BSON → document whose numbers, regular expressions and binaries keep their BSON types, so that it can be written again unchanged. */
export function parseExact(bytes: Uint8Array): Doc {
  return BSON.deserialize(bytes, { promoteValues: false, promoteBuffers: false, bsonRegExp: true });
}

/** BSON → document of ordinary JavaScript values. */
export function parsePlain(bytes: Uint8Array): Doc {
  return BSON.deserialize(bytes);
}

export function serialize(doc: Doc): Buffer {
  const bytes = BSON.serialize(doc);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The documents that lie one after the other in an OP_MSG document sequence. */
export function splitSequence(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let position = 0;
  while (position < bytes.length) {
    const size = bytes.readInt32LE(position);
    if (size < 5 || position + size > bytes.length) throw new RangeError('A document of a sequence has a wrong length');
    parts.push(bytes.subarray(position, position + size));
    position += size;
  }
  return parts;
}

/** True for an embedded document; false for arrays, dates and every BSON value that JavaScript shows as an object. */
export function isDoc(value: unknown): value is Doc {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The embedded documents of an array field; nothing when the field is no array. */
export function docsOf(value: unknown): Doc[] {
  return Array.isArray(value) ? value.filter((item) => isDoc(item)) : [];
}

/** A number of any BSON type; `fallback` for what is not a number. */
export function numberOf(value: unknown, fallback: number): number {
  if (value === undefined || value === null || typeof value === 'boolean' || isDoc(value)) return fallback;
  const number = Number(value);
  return Number.isNaN(number) ? fallback : number;
}

/** A string field; `fallback` when it is missing or of another type. */
export function textOf(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}
