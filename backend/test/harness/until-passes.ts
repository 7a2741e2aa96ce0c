import { vi } from 'vitest';

/** In milliseconds. Ends what hangs, and measures nothing; as long as expect.poll waits (vitest.config.ts). */
const patienceMs = 60_000;

/**
 * Looks again and again until a look throws nothing.
 * @returns what that look returned
 * @throws what the last look threw, after a minute
 */
export function untilPasses<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, patienceMs);
}
