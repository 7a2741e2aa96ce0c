import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { backendRoot } from './local/paths.ts';

const read = (path: string) => readFile(`${backendRoot}/${path}`, 'utf8');
const { engines, scripts } = z
  .object({ engines: z.object({ node: z.string() }), scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(await read('package.json')));

/** What a shell starts: the built programs and those that run from their sources. */
const bundled = scripts['bundle']?.match(/src\/\S+\.ts/g) ?? [];
const programs = [...bundled, 'emulator/main.ts', 'demo/main.ts', 'local/standalone.ts'];

/** Imports that an older Node links as well: types, and names that are as old as its modules. */
const harmless = /^import type |^import \{ (once|join) \} from 'node:(events|path)';/;

/** Loads check-node.js in a process that takes itself for this version of Node. */
function loadAs(version: string) {
  const script = `
    Object.defineProperty(process, 'versions', { value: { node: '${version}' } });
    await import('./check-node.js');`;
  return execa(process.execPath, ['--input-type=module', '--eval', script], { cwd: backendRoot, reject: false });
}

describe('the check of the Node version', () => {
  it.each(['12.22.12', '18.20.8', '20.18.3'])('ends Node %s with one sentence and exit code 1', async (version) => {
    const { exitCode, stdout, stderr } = await loadAs(version);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toBe(`MSEDB needs Node 20.19 or newer; this is Node ${version}.`);
  });

  it.each(['20.19.0', '20.20.2', '21.0.0', '22.12.0', '24.0.0', '30.1.0'])('lets Node %s through', async (version) => {
    expect(await loadAs(version)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  it.each(programs)('comes first in %s, which loads nothing else statically', async (program) => {
    const [first = '', ...others] = (await read(program)).split('\n').filter((line) => /^(import|export)\b/.test(line));

    expect(first).toMatch(/^import '(\.\.\/)+check-node\.js';/);
    expect(others.filter((line) => !harmless.test(line))).toEqual([]);
  });

  it('comes first in every script whose options an older Node does not know', () => {
    const tooNew = Object.entries(scripts).filter(([, line]) => /^(exec )?(tsx|vitest|node --import) /.test(line));

    expect(Object.values(scripts).filter((line) => line.startsWith('node check-node.js && ')).length).toBeGreaterThan(
      5,
    );
    expect(tooNew).toEqual([]);
  });

  it('is the same in package.json, the bundle and the README', async () => {
    expect(engines.node).toBe('>=20.19');
    expect(scripts['bundle']).toContain('--target=node20.19 ');
    expect(await read('../README.md')).toContain('Node 20.19 or newer');
  });
});
