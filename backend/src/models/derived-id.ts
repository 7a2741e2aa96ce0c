import { createHash } from 'node:crypto';
import { Types } from 'mongoose';

/** An id made of what a row is about: two who write the same row meet at it, and a crash in between loses nothing. */
export function derivedId(...about: readonly string[]): Types.ObjectId {
  const digest = createHash('sha256').update(about.join(' ')).digest('hex');
  return new Types.ObjectId(digest.slice(0, 24));
}
