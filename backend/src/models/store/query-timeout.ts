import { AppError } from '../../lib/errors.ts';

/** The store gives a question of a person up after this time. */
export const queryTimeoutMs = 5_000;
/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml MaxTimeMSExpired */
const timeLimitExceeded = 50;

/** Waits for the store's answer. @throws AppError 503 too_much when it takes the store longer than its limit */
export async function withQueryTimeout<T>(question: PromiseLike<T>): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === timeLimitExceeded)) throw cause;
    throw new AppError(503, 'too_much', 'This takes too long: ask about a shorter time', { cause });
  }
}
