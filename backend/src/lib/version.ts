import manifest from '../../package.json' with { type: 'json' };

/** The version in package.json; the build has it inside. */
export function readVersion(): string {
  return manifest.version;
}
