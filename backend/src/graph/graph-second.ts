import { secondMs } from '../lib/durations.ts';

/**
 * Rounds down to whole seconds, the precision of Graph's times, so that what happens within the same second is not
 * before it.
 * @param time milliseconds since the epoch
 */
export function graphSecond(time: number): Date {
  return new Date(Math.floor(time / secondMs) * secondMs);
}
