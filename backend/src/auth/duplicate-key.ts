import { mongo } from 'mongoose';

const duplicateKey = 11_000;

/** Whether the store refused a write because a unique index already holds its key. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === duplicateKey;
}
