import { vi } from 'vitest';
import { createGraphClient, type GraphClient } from '../../src/graph/client.ts';
import { GraphError } from '../../src/graph/errors.ts';
import { createMailboxLimiters } from '../../src/graph/limiter.ts';
import { skippingTime } from './skipping-time.ts';

interface ClientOptions {
  readonly timeoutMs?: number;
  readonly onWait?: (ms: number) => void;
}

/** A client whose waits take no time, with a token that can be renewed. */
export function clientOf({ baseUrl }: { readonly baseUrl: string }, { onWait, ...options }: ClientOptions = {}) {
  const time = skippingTime(onWait);
  const limiters = createMailboxLimiters(time);
  let tokenNumber = 1;
  const getToken = vi.fn(async ({ forceRefresh }: { forceRefresh: boolean }) => {
    if (forceRefresh) tokenNumber += 1;
    return `token-${tokenNumber}`;
  });
  const another = (): GraphClient =>
    createGraphClient({
      baseUrl,
      limiter: limiters.of('mailbox'),
      getToken,
      ...options,
    });
  return { client: another(), another, getToken, waits: time.waits };
}

/** The GraphError that `promise` is rejected with. @throws Error when it is not */
export async function failureOf(promise: Promise<unknown>): Promise<GraphError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof GraphError)) throw new Error('It did not fail as Graph does', { cause: thrown });
  return thrown;
}
