import { AppError } from '../../lib/errors.ts';

/** The store's time limit for a query that a person waits for. */
export const queryTimeoutMs = 5_000;
/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml MaxTimeMSExpired */
const timeLimitExceeded = 50;

/** Awaits a query. @throws AppError 503 too_much when the store exceeds its time limit */
export async function withQueryTimeout<T>(query: PromiseLike<T>): Promise<T> {
  try {
    return await query;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === timeLimitExceeded)) throw cause;
    throw new AppError(503, 'too_much', 'The query takes too long: ask for a shorter period', { cause });
  }
}
