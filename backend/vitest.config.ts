import { defineConfig } from 'vitest/config';

/** Beside a source: pure files, the emulator over HTTP, short processes. They need no store and no built service. */
const folders = ['src', 'local', 'emulator', 'contract', 'demo', 'bench', 'scripts'];
const unit = ['*.test.ts', 'test/prose/*.test.ts', ...folders.map((folder) => `${folder}/**/*.test.ts`)];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 3, // most files wait for stores and processes
    testTimeout: 120_000, // measures nothing: it ends what hangs
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    restoreMocks: true,
    projects: [
      { extends: true, test: { name: 'unit', include: unit } },
      {
        extends: true,
        test: {
          name: 'stores',
          include: ['test/**/*.test.ts'],
          exclude: ['test/prose/**'],
          globalSetup: ['test/harness/global-setup.ts'],
        },
      },
    ],
  },
});
