import { createHash } from 'node:crypto';
import { Types } from 'mongoose';

/**
 * The id of a row that is to be written once, however often it is tried: four bytes of time, as in any id, and eight
 * that come from what the row is about.
 */
export function deterministicId(at: Date, about: readonly string[]): Types.ObjectId {
  const seconds = Math.floor(at.getTime() / 1000);
  const rest = createHash('sha256').update(about.join(' ')).digest('hex');
  return new Types.ObjectId(seconds.toString(16).padStart(8, '0') + rest.slice(0, 16));
}
