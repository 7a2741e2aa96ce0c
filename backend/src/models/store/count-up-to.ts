import type { FilterQuery, Model } from 'mongoose';
import { queryTimeoutMs, withQueryTimeout } from './query-timeout.ts';

/**
 * Counts rows, and stops one beyond `max`: a count that is only shown costs no more than that.
 * @returns at most `max` + 1, which means more than `max`
 * @throws AppError 503 too_much
 */
export function countUpTo<T>(model: Model<T>, filter: FilterQuery<T>, max: number): Promise<number> {
  return withQueryTimeout(model.countDocuments(filter, { limit: max + 1, maxTimeMS: queryTimeoutMs }).exec());
}
