/** What `apt-get --print-uris update` prints of one index: 'URI' file size checksum. */
const indexLine = /^'([^']+)\/dists\/[^']+'/;

/**
 * The address of the Debian archive that this machine's apt sources name, from the output of
 * `apt-get --print-uris update`; undefined when they name none (a distribution with an archive of its own).
 */
export function debianArchive(printedUris: string): string | undefined {
  const bases = printedUris
    .split('\n')
    .map((line) => indexLine.exec(line)?.[1])
    .filter((base) => base !== undefined);
  // "…/debian" is the archive itself, "…/debian/20250101T000000Z" a dated copy of it; "…/debian-security" is another
  return bases.find((base) => base.endsWith('/debian')) ?? bases.find((base) => base.includes('/debian/'));
}

/** The packages that would be installed, from the output of `apt-get --simulate install`, in its order. */
export function simulatedPackages(simulation: string): string[] {
  return simulation
    .split('\n')
    .map((line) => /^Inst (\S+)/.exec(line)?.[1])
    .filter((name) => name !== undefined);
}

/** The bytes to fetch, from the output of `apt-get download --print-uris`: 'URI' file size checksum. */
export function downloadSize(printedUris: string): number {
  const sizes = printedUris.split('\n').map((line) => /^'[^']+' \S+ (\d+)/.exec(line)?.[1]);
  return sizes.reduce((sum, size) => sum + Number(size ?? 0), 0);
}

/** The content of a sources.list with one suite of one archive, checked against the keyring if there is one. */
export function sourcesLine(archive: string, suite: string, keyring: string | undefined): string {
  const options = keyring === undefined ? '' : `[signed-by=${keyring}] `;
  return `deb ${options}${archive} ${suite} main\n`;
}
