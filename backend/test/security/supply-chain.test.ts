import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { backendRoot } from '../../local/paths.ts';

const read = (path: string) => readFile(`${backendRoot}/${path}`, 'utf8');

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({ version: z.string(), integrity: z.string().optional(), dev: z.boolean().optional() }),
  ),
});
const manifest = z.object({
  scripts: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
});
const bill = z.object({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      hashes: z.tuple([z.object({ alg: z.literal('SHA-512') })]),
      properties: z.array(z.object({ name: z.string(), value: z.string() })),
    }),
  ),
});
const developmentMark = 'cdx:npm:package:development';
const composeFile = z.object({
  services: z.record(z.string(), z.looseObject({ ports: z.array(z.string()).optional() })),
});

async function lockedPackages() {
  const { packages } = lockFile.parse(JSON.parse(await read('package-lock.json')));
  return Object.entries(packages).filter(([path]) => path !== '');
}

describe('the packages that are installed', () => {
  it('are checked against a SHA-512 digest, on every platform', async () => {
    const locked = await lockedPackages();

    expect(locked.length).toBeGreaterThan(300);
    expect(locked.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([path]) => path)).toEqual(
      [],
    );
  });

  it('run no script at their installation', async () => {
    const { stdout } = await execa('npm', ['config', 'get', 'ignore-scripts'], { cwd: backendRoot });

    expect(stdout).toBe('true');
  });

  it('are not prepared by pre- and post-scripts, which npm leaves out as well then', async () => {
    const { scripts } = manifest.parse(JSON.parse(await read('package.json')));

    expect(Object.keys(scripts).filter((name) => /^(?:pre|post)[a-z:]/.test(name))).toEqual([]);
  });

  it('stand in a CycloneDX bill of materials with their digests; tools of development are marked', async () => {
    const { stdout } = await execa('npm', ['run', '--silent', 'sbom'], { cwd: backendRoot });
    const { components } = bill.parse(JSON.parse(stdout));
    const { dependencies } = manifest.parse(JSON.parse(await read('package.json')));

    const deployed = components.filter(({ properties }) => !properties.some(({ name }) => name === developmentMark));
    const named = new Set(deployed.map(({ name, version }) => `${name}@${version}`));
    const wanted = Object.entries(dependencies).map(([name, version]) => `${name}@${version}`);
    expect(wanted.filter((entry) => !named.has(entry))).toEqual([]);
    expect(deployed.some(({ name }) => name === 'vitest')).toBe(false);
    expect(components.some(({ name }) => name === 'vitest')).toBe(true);
  });
});

describe('docker-compose.yml', () => {
  it('publishes every port on 127.0.0.1; one setting opens that of the service', async () => {
    const { services } = composeFile.parse(parse(await read('../docker-compose.yml'), { merge: true }));

    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.toSorted()).toEqual([
      '${PUBLISH_ADDRESS:-127.0.0.1}:${PORT:-8010}:8010',
      '127.0.0.1:27020:27017',
      '127.0.0.1:6382:6379',
    ]);
  });

  it('names every image by a setting, so that a digest can stand there', async () => {
    const { services } = composeFile.parse(parse(await read('../docker-compose.yml'), { merge: true }));
    const images = Object.values(services).map(({ image }) => z.string().parse(image));

    expect([...new Set(images)].toSorted((one, other) => one.localeCompare(other))).toEqual([
      '${MONGO_IMAGE:-mongo:7}',
      '${REDIS_IMAGE:-redis:7-alpine}',
      'msedb-backend',
    ]);
    expect(await read('Dockerfile')).not.toMatch(/^FROM (?!\$\{NODE_IMAGE\})/m);
  });
});
