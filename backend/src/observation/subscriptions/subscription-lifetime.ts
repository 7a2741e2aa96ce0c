import type { GraphClient } from '../../graph/client.ts';
import { GraphError } from '../../graph/errors.ts';
import type { GraphRequest } from '../../graph/request.ts';
import type { Clock } from '../../lib/clock.ts';

const minuteMs = 60_000;
/**
 * Graph documents 10,080 min as the longest life of a subscription to messages, 10,070 were seen to be granted, and
 * some tenants refuse more than 4,230.
 */
const lifetimesMs = [10_000 * minuteMs, 4_200 * minuteMs] as const;

interface Asking {
  readonly client: GraphClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Asks for the longest life of a subscription, and for a shorter one if Graph answers 400.
 * @param requestUntil the request with this end
 * @throws what `send` throws
 */
export async function sendWithLifetime<T>(
  { client, clock, signal }: Asking,
  requestUntil: (expiresAt: Date) => GraphRequest<T>,
): Promise<T> {
  const [longest, shorter] = lifetimesMs;
  try {
    return await client.send(requestUntil(new Date(clock() + longest)), { signal });
  } catch (error) {
    if (!(error instanceof GraphError && error.status === 400)) throw error;
    return client.send(requestUntil(new Date(clock() + shorter)), { signal });
  }
}

/** When a subscription is renewed: at half of what is left of its life, so that a missed round loses nothing. */
export function renewalOf(expiresAt: Date, now: number): Date {
  return new Date(now + (expiresAt.getTime() - now) / 2);
}
