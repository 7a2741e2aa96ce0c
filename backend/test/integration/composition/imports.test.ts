import { readdirSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backendRoot } from '../../../local/paths.ts';

/** Programs are run, not imported. */
const programs = /^server\.ts$|^cli\/(?!program\.ts$)/;
const src = join(backendRoot, 'src');
const modules = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !programs.test(path),
);

let built: string;

// Built, since tsx keeps sockets and message ports of its own in the process, other ones for each version of Node.
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'msedb-imports-'));
  await symlink(join(backendRoot, 'node_modules'), join(built, 'node_modules'));
  await build({
    absWorkingDir: src,
    entryPoints: modules,
    outbase: src,
    outdir: built,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
});

afterAll(() => rm(built, { recursive: true, force: true }));

it('importing any module of src opens no connection and starts no timer', async () => {
  const paths = modules.map((path) => path.replace(/\.ts$/, '.mjs'));
  const script = `
    for (const path of ${JSON.stringify(paths)}) await import('${built}/' + path);
    const kept = process.getActiveResourcesInfo().filter((kind) => !/^(TTY|Pipe|FS|File|CloseReq)/.test(kind));
    console.log(JSON.stringify(kept));
    process.exit();`;

  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', script], { timeout: 60_000 });

  expect(modules.length).toBeGreaterThan(20);
  expect(JSON.parse(stdout)).toEqual([]);
});
