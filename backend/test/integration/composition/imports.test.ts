import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const backend = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** What is run, not imported. */
const programs = /^server\.ts$|^cli\/(?!program\.ts$)/;

const modules = readdirSync(`${backend}/src`, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !programs.test(path),
);

it('importing any module of src opens no connection and starts no timer', async () => {
  const script = `
    for (const path of ${JSON.stringify(modules)}) await import('./src/' + path);
    const kept = process.getActiveResourcesInfo().filter((kind) => !/^(TTY|Pipe|FS|File)/.test(kind));
    console.log(JSON.stringify(kept));`;

  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    cwd: backend,
    timeout: 60_000,
  });

  expect(modules.length).toBeGreaterThan(20);
  expect(JSON.parse(stdout)).toEqual([]);
});
