import { defineConfig } from 'oxlint';

/**
 * Who may import whom, by folder of src/ ('entry' is src/*.ts). A folder may always import itself.
 * A need to point elsewhere is a function that runtime.ts passes in.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  config: ['lib'],
  models: ['lib'],
  graph: ['lib'],
  auth: ['models', 'lib'],
  observation: ['graph', 'models', 'lib'],
  patterns: ['models', 'lib'],
  accounts: ['auth', 'models', 'lib'],
  automation: ['patterns', 'graph', 'models', 'lib'],
  jobs: ['accounts', 'observation', 'patterns', 'automation', 'auth', 'config', 'lib'],
  http: ['accounts', 'observation', 'patterns', 'automation', 'auth', 'models', 'config', 'lib'],
  api: ['http', 'accounts', 'observation', 'patterns', 'automation', 'auth', 'models', 'config', 'lib'],
};
const parts = Object.keys(mayImport);
const beside = ['local', 'emulator', 'demo', 'test', 'bench'];

/** Forbids imports whose path goes through one of `folders`, or up into an entry file of src/. */
function restrict(from: string, folders: readonly string[]) {
  return {
    patterns: [
      {
        regex: `^\\.\\.?/(.*/)?(${folders.join('|')})/`,
        message: `${from} must not import this part: see "Who may import whom" in oxlint.config.ts`,
      },
      ...(from === 'src'
        ? []
        : [
            {
              regex:
                '^(\\.\\./)+(server|runtime|foundation|services|background|surface|watching|program|db-indexes|health-check|keys-generate|keys-rotate)\\.ts$',
              message: 'Entry files are imported by nothing in src/',
            },
          ]),
    ],
  };
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
    ...parts.map((part) => ({
      files: [`src/${part}/**/*.ts`],
      rules: {
        'no-restricted-imports': [
          'error',
          restrict(part, [...beside, ...parts.filter((other) => other !== part && !mayImport[part]?.includes(other))]),
        ] as ['error', ReturnType<typeof restrict>],
      },
    })),
    {
      files: ['src/*.ts'],
      rules: { 'no-restricted-imports': ['error', restrict('src', beside)] as ['error', ReturnType<typeof restrict>] },
    },
    {
      files: ['src/config/env.ts', 'local/**', 'emulator/**', 'demo/**', 'bench/**', 'test/**'],
      rules: { 'node/no-process-env': 'off' },
    },
    { files: ['local/**', 'emulator/**', 'bench/**'], rules: { 'no-console': 'off' } },
    { files: ['*.config.ts'], rules: { 'import/no-default-export': 'off' } },
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
