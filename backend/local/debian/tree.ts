import { constants } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';

/** Where Debian's packages keep the dynamic loader and the libraries of an architecture. */
export interface Architecture {
  readonly loader: string;
  readonly libraries: string;
}

const architectures: Readonly<Record<string, Architecture>> = {
  x64: { loader: 'usr/lib64/ld-linux-x86-64.so.2', libraries: 'usr/lib/x86_64-linux-gnu' },
  arm64: { loader: 'usr/lib/ld-linux-aarch64.so.1', libraries: 'usr/lib/aarch64-linux-gnu' },
};

/** This machine's architecture; undefined when the packages are not known for it. */
export function architecture(): Architecture | undefined {
  return process.platform === 'linux' ? architectures[process.arch] : undefined;
}

/** Unpacks every package of a folder into `into`, without installing anything. */
export async function unpackPackages(folder: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  const packages = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  const next = packages.values();
  const worker = async (): Promise<void> => {
    for (const name of next) await execa('dpkg-deb', ['--extract', join(folder, name), into]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

export interface CopyOptions {
  readonly from: string;
  readonly to: string;
  readonly arch: Architecture;
  /** Programs and modules already under `to`, relative to it, whose libraries are wanted. */
  readonly programs: readonly string[];
  /** A folder under `to` where the programs keep libraries of their own. */
  readonly modules?: string;
}

/**
 * Copies the loader and all libraries that the programs name, theirs included. Throws when one would be taken from the
 * system: a mixture of two C libraries may start and then crash.
 */
export async function copyLibraries({ from, to, arch, programs, modules = '' }: CopyOptions): Promise<void> {
  const loader = join(from, arch.loader);
  const libraries = new Set<string>();
  for (const program of programs) {
    const searched = `${join(from, arch.libraries)}:${join(to, modules)}`;
    const args = ['--library-path', searched, '--list', join(to, program)];
    const { stdout } = await execa(loader, args, { env: { LD_PRELOAD: undefined, LD_LIBRARY_PATH: undefined } });
    for (const path of libraryPaths(stdout)) libraries.add(path);
  }
  const isOurs = (path: string): boolean =>
    path.startsWith(from) || path.startsWith(to) || basename(path) === basename(arch.loader);
  const foreign = [...libraries].filter((path) => !isOurs(path));
  if (foreign.length > 0) throw new Error(`These libraries are missing from the packages: ${foreign.join(', ')}`);
  await mkdir(join(to, arch.libraries), { recursive: true });
  await mkdir(join(to, dirname(arch.loader)), { recursive: true });
  await copyFile(loader, join(to, arch.loader));
  for (const path of libraries) {
    if (path.startsWith(from)) await copyFile(path, join(to, arch.libraries, basename(path)));
  }
}

/** The files that the loader found, from its `--list` output: "libm.so.6 => /path/libm.so.6 (0x…)". */
export function libraryPaths(listing: string): string[] {
  return listing
    .split('\n')
    .map((line) => /=> (\/.+) \(0x/.exec(line)?.[1] ?? /^\s*(\S+) => not found/.exec(line)?.[1])
    .filter((path) => path !== undefined);
}

/** Copies the entries of a folder whose names fit; links become files. */
export async function copyMatching(from: string, to: string, fits: (name: string) => boolean): Promise<string[]> {
  await mkdir(to, { recursive: true });
  const names = (await readdir(from)).filter((name) => fits(name));
  for (const name of names) await cp(join(from, name), join(to, name), { recursive: true, dereference: true });
  return names;
}

/** Lets every user read the tree, whatever the umask: the programs may run as another user. */
export async function makeReadable(root: string): Promise<void> {
  await execa('chmod', ['-R', 'u+rwX,go+rX', root]);
}

/** Writes access for running a script. */
export async function makeExecutable(path: string): Promise<void> {
  await chmod(path, constants.S_IRWXU | constants.S_IRGRP | constants.S_IXGRP | constants.S_IROTH | constants.S_IXOTH);
}

/** The command line that runs a program of the tree under the tree's own loader and libraries. */
export function runInTree(root: string, arch: Architecture, program: string): string[] {
  const path = join(root, program);
  return [join(root, arch.loader), '--library-path', join(root, arch.libraries), '--argv0', path, path];
}
