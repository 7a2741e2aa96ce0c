import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { withLock } from '../lock.ts';
import { readJsonFile, writeJsonFile } from '../mark-file.ts';
import { findArchive, openApt, type PrivateApt } from './apt.ts';
import { folderTotals } from './totals.ts';
import { type Architecture, architecture, makeReadable, unpackPackages } from './tree.ts';

/** How one store is made of Debian's packages. */
export interface Recipe {
  readonly name: string;
  /** Raised when `wants` or `assemble` changes, so that trees made the old way are not used. */
  readonly revision: number;
  readonly package: string;
  /** Whether a package that the store depends on is needed to run it in place. */
  readonly wants: (packageName: string) => boolean;
  /** Fills `to` with what runs, from the unpacked packages in `from`. */
  readonly assemble: (from: string, to: string, arch: Architecture) => Promise<void>;
}

/** A store made of packages. */
export interface Tree {
  readonly root: string;
  readonly arch: Architecture;
}

/** The next stable release: the first with DocumentDB. One suite for all stores, so that its lists are fetched once. */
const debianSuite = 'forky';
const unfinishedPrefix = 'unfinished-';
const stampFile = 'complete.json';
const stamp = z.object({ recipe: z.string(), files: z.number(), bytes: z.number() });

/** Whether this machine has the tools of Debian and an architecture its stores are known for. */
export function hasDebianTools(path: string | undefined): boolean {
  const folders = (path ?? '').split(':');
  const has = (program: string): boolean => folders.some((folder) => existsSync(join(folder, program)));
  return architecture() !== undefined && has('apt-get') && has('dpkg-deb');
}

/** The tree of a recipe if it is there and whole: a file missing or cut short makes it count as absent. */
async function installedTree(recipe: Recipe, folder: string): Promise<Tree | undefined> {
  const arch = architecture();
  if (arch === undefined) return undefined;
  const root = join(folder, `${recipe.name}-${fingerprint(recipe, arch)}`);
  const found = readJsonFile(join(root, stampFile), stamp);
  if (found === undefined || found.recipe !== fingerprint(recipe, arch)) return undefined;
  const { files, bytes } = await folderTotals(root, stampFile);
  return files === found.files && bytes === found.bytes ? { root, arch } : undefined;
}

/**
 * Makes the recipe's tree under `folder` unless it is there. Safe against being killed at any point (the tree gets its
 * name when it is complete) and against other processes doing the same. Undefined when this machine's apt sources name
 * no Debian archive. Throws FetchError when packages cannot be fetched.
 */
export async function installTree(
  recipe: Recipe,
  folder: string,
  say: (line: string) => void,
): Promise<Tree | undefined> {
  const present = await installedTree(recipe, folder);
  if (present !== undefined) return present;
  const onWait = (): void => say(`${recipe.name}: another process is installing here; waiting for it`);
  return withLock(folder, { onWait }, async () => (await installedTree(recipe, folder)) ?? make());

  async function make(): Promise<Tree | undefined> {
    const arch = architecture();
    const archive = await findArchive();
    if (arch === undefined || archive === undefined) return undefined;
    await removeUnfinished(folder);
    const work = join(folder, `${unfinishedPrefix}${process.pid}-${randomBytes(4).toString('hex')}`);
    await mkdir(work);
    try {
      const startedAt = Date.now();
      const apt = await openApt({ folder: join(work, 'apt'), archive, suite: debianSuite, say });
      const root = await build(recipe, { apt, arch, folder, work, say });
      say(`${recipe.name}: ready under ${root} after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
      return { root, arch };
    } finally {
      await rm(work, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

interface Workshop {
  readonly apt: PrivateApt;
  readonly arch: Architecture;
  readonly folder: string;
  readonly work: string;
  readonly say: (line: string) => void;
}

async function build(recipe: Recipe, { apt, arch, folder, work, say }: Workshop): Promise<string> {
  const needed = (await apt.closure(recipe.package)).filter((name) => recipe.wants(name));
  say(`${recipe.name}: ${needed.length} packages of Debian ${debianSuite}, kept under ${folder}; nothing is installed`);
  await apt.download(needed, join(work, 'packages'));
  say(`${recipe.name}: unpacking`);
  await unpackPackages(join(work, 'packages'), join(work, 'unpacked'));
  const made = join(work, 'made');
  await mkdir(made);
  await recipe.assemble(join(work, 'unpacked'), made, arch);
  await makeReadable(made);
  const recipeId = fingerprint(recipe, arch);
  writeJsonFile(join(made, stampFile), { recipe: recipeId, ...(await folderTotals(made, stampFile)) });
  const root = join(folder, `${recipe.name}-${recipeId}`);
  // a damaged tree makes room; programs that still run from it keep their open files
  if (existsSync(root)) await rename(root, join(work, 'damaged'));
  await rename(made, root);
  return root;
}

/** Work that a killed run left behind. A helper of that run that is still writing finds its folder gone and fails. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(unfinishedPrefix));
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
}

function fingerprint(recipe: Recipe, arch: Architecture): string {
  const facts = JSON.stringify([recipe.name, recipe.revision, recipe.package, debianSuite, arch.loader]);
  return createHash('sha256').update(facts).digest('hex').slice(0, 12);
}
