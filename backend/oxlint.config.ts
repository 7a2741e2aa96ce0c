import { defineConfig } from 'oxlint';

/**
 * Who may import whom: a room is a folder of src/, and stands above all that it may import ('entry' is src/*.ts).
 * A room may always import itself. A need to point elsewhere is a function that composition/ passes in.
 */
const domains = ['accounts', 'auth', 'observation', 'automation', 'patterns', 'rules'];
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  config: ['lib'],
  models: ['lib'],
  graph: ['lib'],
  auth: ['models', 'lib'],
  accounts: ['auth', 'models', 'lib'],
  observation: ['graph', 'models', 'lib'],
  rules: ['models', 'lib'],
  patterns: ['rules', 'models', 'lib'],
  automation: ['patterns', 'rules', 'graph', 'models', 'lib'],
  jobs: [...domains, 'config', 'lib'],
  http: [...domains, 'models', 'config', 'lib'],
  api: ['http', ...domains, 'models', 'lib'],
  cli: ['composition', 'api', 'http', 'jobs', ...domains, 'graph', 'models', 'config', 'lib'],
  composition: ['api', 'http', 'jobs', ...domains, 'graph', 'models', 'config', 'lib'],
  entry: ['composition', 'config', 'lib'],
};
const rooms = Object.keys(mayImport).filter((room) => room !== 'entry');
const beside = ['local', 'emulator', 'contract', 'demo', 'test', 'bench', 'scripts'];

/** Forbids the imports of a room whose path goes through a folder that it may not import; its tests may use factories. */
function restrict(room: string, isTest: boolean) {
  const allowed = new Set([room, ...(mayImport[room] ?? [])]);
  const outside = isTest ? [...beside.filter((folder) => folder !== 'test'), 'test/(harness|integration|e2e)'] : beside;
  const folders = [...outside, ...rooms.filter((other) => !allowed.has(other))];
  const message = `${room} must not import this room: see "Who may import whom" in oxlint.config.ts`;
  const entry = { regex: '^(\\.\\./)+server\\.ts$', message: 'The entry is imported by nothing' };
  const patterns = [{ regex: `^\\.\\.?/(.*/)?(${folders.join('|')})/`, message }, entry];
  const extension = isTest ? 'test.ts' : 'ts';
  return { files: [room === 'entry' ? `src/*.${extension}` : `src/${room}/**/*.${extension}`], patterns };
}

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'node', 'vitest', 'promise'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  ignorePatterns: ['dist', '.local', 'node_modules'],
  rules: {
    'max-lines': ['error', { max: 300 }],
    'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
    'max-params': ['error', { max: 4 }],
    'no-console': 'error',
    'node/no-process-env': 'error',
    'import/no-default-export': 'error',
    'import/no-cycle': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/return-await': ['error', 'in-try-catch'],
    'typescript/only-throw-error': 'error',
    'no-await-in-loop': 'off', // retries and ordered steps are loops that wait
    'import/no-unassigned-import': 'off',
    'no-underscore-dangle': 'off', // MongoDB's _id
  },
  overrides: [
    ...Object.keys(mayImport).flatMap((room) =>
      [false, true].map((isTest) => {
        const { files, patterns } = restrict(room, isTest);
        return {
          files,
          rules: { 'no-restricted-imports': ['error', { patterns }] as ['error', { patterns: typeof patterns }] },
        };
      }),
    ),
    {
      files: ['src/config/env.ts', 'local/**', 'emulator/**', 'demo/**', 'bench/**', 'test/**'],
      rules: { 'node/no-process-env': 'off' },
    },
    {
      files: ['local/**', 'emulator/**', 'bench/**', 'scripts/**', 'test/mutation/**'],
      rules: { 'no-console': 'off' },
    },
    { files: ['test/factories/captured-shapes.ts'], rules: { 'max-lines': 'off' } }, // facts, one a line
    { files: ['**/*.config.ts'], rules: { 'import/no-default-export': 'off' } },
    {
      files: ['**/*.test.ts', 'test/**'],
      rules: {
        'max-lines-per-function': 'off',
        'vitest/require-mock-type-parameters': 'off', // inferred from the function given
        'vitest/expect-expect': 'error',
        'vitest/no-focused-tests': 'error',
        'vitest/no-disabled-tests': 'error',
      },
    },
  ],
});
