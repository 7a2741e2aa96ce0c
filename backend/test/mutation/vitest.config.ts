import { defineConfig } from 'vitest/config';

/** The tests beside the sources: a mutation is judged by these alone. */
export default defineConfig({
  test: { include: ['src/**/*.test.ts'], testTimeout: 120_000, restoreMocks: true },
});
