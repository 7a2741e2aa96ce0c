import { readFileSync } from 'node:fs';

/** The version in package.json, which lies two folders up from the sources as from the build. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  if (manifest instanceof Object && 'version' in manifest) return String(manifest.version);
  throw new Error('package.json has no version');
}
