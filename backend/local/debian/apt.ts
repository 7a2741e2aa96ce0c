import { existsSync } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { lastLines } from '../log-tail.ts';
import { debianArchive, downloadSize, simulatedPackages, sourcesLine } from './archive.ts';

const keyringFile = '/usr/share/keyrings/debian-archive-keyring.gpg';
const progressMs = 3_000;

/** Packages could not be fetched: says which, and what to do. */
class FetchError extends Error {
  override readonly name = 'FetchError';
}

/** An apt with a state of its own in one folder: it neither reads nor changes what is installed on the machine. */
export interface PrivateApt {
  /** The packages that `target` needs, itself included, as if nothing were installed. */
  closure(target: string): Promise<string[]>;
  /** Fetches packages into `folder` (made if missing). */
  download(packages: readonly string[], folder: string): Promise<void>;
}

/** The Debian archive of this machine's apt sources; undefined when they name none. */
export async function findArchive(): Promise<string | undefined> {
  const { stdout } = await execa('apt-get', ['--print-uris', 'update'], { reject: false });
  return debianArchive(stdout);
}

export interface AptOptions {
  readonly folder: string;
  readonly archive: string;
  readonly suite: string;
  readonly say: (line: string) => void;
}

/** Fetches the package lists of one suite into `folder`. Throws FetchError. */
export async function openApt({ folder, archive, suite, say }: AptOptions): Promise<PrivateApt> {
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  await mkdir(join(folder, 'archives', 'partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  const keyring = existsSync(keyringFile) ? keyringFile : undefined;
  await writeFile(join(folder, 'sources.list'), sourcesLine(archive, suite, keyring));
  const options = privateOptions(folder);
  const run = async (what: string, args: readonly string[], cwd = folder): Promise<string> => {
    try {
      const { stdout } = await execa('apt-get', [...options, ...args], { cwd, env: { LC_ALL: 'C' } });
      return stdout;
    } catch (error) {
      throw error instanceof ExecaError ? fetchError(what, archive, error) : error;
    }
  };
  say(`Debian ${suite}: fetching the package lists`);
  await run(`the package lists of Debian ${suite}`, ['update']);
  return {
    closure: async (target) => simulatedPackages(await run(`what ${target} needs`, ['--simulate', 'install', target])),
    download: async (packages, into) => {
      await mkdir(into, { recursive: true });
      const what = `${packages.length} packages`;
      const total = downloadSize(await run(what, ['download', '--print-uris', ...packages], into));
      const stopProgress = reportProgress(into, total, say);
      await run(what, ['download', ...packages], into).finally(stopProgress);
    },
  };
}

function privateOptions(folder: string): string[] {
  const settings = {
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': folder,
    'Dir::Cache::archives': join(folder, 'archives'),
    // kept, though the settings of a container image may say otherwise: making it takes longer than all else
    'Dir::Cache::pkgcache': 'pkgcache.bin',
    'Dir::Cache::srcpkgcache': 'srcpkgcache.bin',
    'Debug::NoLocking': '1',
    'Acquire::GzipIndexes': 'false',
    'Acquire::Languages': 'none',
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Retries': '5',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
    'APT::Update::Error-Mode': 'any',
    'APT::Install-Recommends': 'false',
    // as root, apt would fetch as a user who may not reach this folder
    'APT::Sandbox::User': '',
  };
  return ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

function fetchError(what: string, archive: string, cause: ExecaError): FetchError {
  const lines = lastLines(String(cause.stderr ?? cause.shortMessage), 4).map((line) => `    ${line}`);
  return new FetchError(
    [
      `Could not fetch ${what} from ${archive}:`,
      ...lines,
      '  Check the network (and a proxy that apt may need), then run this again: what is complete is kept.',
      '  Or have mongod and redis-server on PATH, or name running stores in MONGODB_URI and REDIS_HOST.',
    ].join('\n'),
    { cause },
  );
}

/** Says every few seconds how much has arrived in the folder. Returns the function that ends it. */
function reportProgress(folder: string, total: number, say: (line: string) => void): () => void {
  say(`fetching ${inMegabytes(total)} MB`);
  const timer = setInterval(() => {
    void folderSize(folder).then((arrived) => say(`  ${inMegabytes(arrived)} of ${inMegabytes(total)} MB`));
  }, progressMs);
  return () => clearInterval(timer);
}

function inMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

/** Bytes in the files of a folder, those of its own folders not counted. A file that vanishes meanwhile counts nothing. */
async function folderSize(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return sizes.reduce((sum, entry) => sum + (entry?.size ?? 0), 0);
}
