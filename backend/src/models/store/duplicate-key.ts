import { mongo } from 'mongoose';

/** MongoDB's code for: a unique index already holds this key. */
export const duplicateKeyCode = 11_000;

/** Tells if the store refused a write because a unique index already holds its key. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === duplicateKeyCode;
}
