import { createHash } from 'node:crypto';
import { Types } from 'mongoose';

/**
 * Returns the id of a row that must be written once, however often it is tried: four bytes of time, as in any ObjectId,
 * and eight bytes of a hash of the row's subject.
 */
export function deterministicId(at: Date, about: readonly string[]): Types.ObjectId {
  const seconds = Math.floor(at.getTime() / 1000);
  const rest = createHash('sha256').update(about.join(' ')).digest('hex');
  return new Types.ObjectId(seconds.toString(16).padStart(8, '0') + rest.slice(0, 16));
}

/**
 * Returns the id of a row about one occasion. Two occasions of one subject differ by their time to the millisecond, which
 * the time in an id alone, whole seconds, does not tell.
 */
export function occasionId(at: Date, about: readonly string[]): Types.ObjectId {
  return deterministicId(at, [...about, String(at.getTime())]);
}
