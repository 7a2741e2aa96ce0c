import { describe, expect, it } from 'vitest';
import { debianArchive, downloadSize, simulatedPackages, sourcesLine } from './archive.ts';

describe('the Debian archive of a machine', () => {
  it('is the base of the first index that belongs to the main archive', () => {
    const printed = [
      "'http://mirror.test/debian-security/dists/stable-security/InRelease' mirror.test_InRelease 0 ",
      "'http://mirror.test/debian/dists/stable/InRelease' mirror.test_debian_dists_stable_InRelease 0 ",
      "'http://mirror.test/debian/dists/stable/main/binary-amd64/Packages.xz' Packages 0 ",
    ].join('\n');

    expect(debianArchive(printed)).toBe('http://mirror.test/debian');
  });

  it('may be a dated copy', () => {
    const printed = "'http://copy.test/archive/debian/20250101T000000Z/dists/stable/InRelease' x 0 ";

    expect(debianArchive(printed)).toBe('http://copy.test/archive/debian/20250101T000000Z');
  });

  it('is unknown where only other distributions or vendors are named', () => {
    const printed = [
      "'http://mirror.test/ubuntu/dists/noble/InRelease' x 0 ",
      "'http://mirror.test/debian-security/dists/stable-security/InRelease' x 0 ",
      'E: something else',
    ].join('\n');

    expect(debianArchive(printed)).toBeUndefined();
  });
});

describe('what apt-get prints', () => {
  it('names the packages of a simulated install, in order and without the steps of configuring', () => {
    const simulation = [
      'Reading package lists...',
      'Inst gcc-16-base (16.2.0-3 Debian:testing [amd64])',
      'Inst libc6 (2.43-7 Debian:testing [amd64]) []',
      'Conf libc6 (2.43-7 Debian:testing [amd64])',
    ].join('\n');

    expect(simulatedPackages(simulation)).toEqual(['gcc-16-base', 'libc6']);
  });

  it('gives the bytes of a download as the sum of its files', () => {
    const printed = ["'http://m.test/a.deb' a.deb 1866392 SHA256:5c", "'http://m.test/b.deb' b.deb 64264 SHA256:26"];

    expect(downloadSize(printed.join('\n'))).toBe(1_930_656);
    expect(downloadSize('')).toBe(0);
  });
});

describe('the line of a sources list', () => {
  it('checks signatures against the keyring if there is one', () => {
    expect(sourcesLine('http://m.test/debian', 'forky', '/keys.gpg')).toBe(
      'deb [signed-by=/keys.gpg] http://m.test/debian forky main\n',
    );
    expect(sourcesLine('http://m.test/debian', 'forky', undefined)).toBe('deb http://m.test/debian forky main\n');
  });
});
