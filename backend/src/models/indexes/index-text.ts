import type { Index } from './index-diff.ts';

/** One index in words: its key, and what is special about it. */
export function describeIndex({ key, options }: Index): string {
  const { unique, sparse, expireAfterSeconds, partialFilterExpression, collation, hidden } = options;
  const fields = Object.entries(key).map(([field, direction]) => `${field}: ${String(direction)}`);
  return [
    `{ ${fields.join(', ')} }`,
    unique === true && 'unique',
    sparse === true && 'sparse',
    expireAfterSeconds !== undefined && `rows removed after ${expireAfterSeconds} s`,
    partialFilterExpression !== undefined && `only where ${JSON.stringify(partialFilterExpression)}`,
    collation !== undefined && `collation ${JSON.stringify(collation)}`,
    hidden === true && 'hidden from queries',
  ]
    .filter((part) => part !== false)
    .join(', ');
}
