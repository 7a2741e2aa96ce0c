import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { duplicatesOf } from './declared-names.ts';

// Lists the exported names that more than one file of src/ declares. One name for two things sends a reader to the
// wrong file: import the declaration that exists, or give the second thing a name of its own.

const src = fileURLToPath(new URL('../src', import.meta.url));
const paths = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .toSorted();
const duplicates = duplicatesOf(paths.map((path) => ({ path, text: readFileSync(join(src, path), 'utf8') })));

for (const { name, paths: where } of duplicates) console.error(`${name} is declared in ${where.join(', ')}`);
if (duplicates.length > 0) {
  console.error('Import the declaration that exists, or rename one of them');
  process.exitCode = 1;
}
