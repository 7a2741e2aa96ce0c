import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Recipe, Tree } from './install.ts';
import { type Architecture, copyLibraries, copyMatching, makeExecutable } from './tree.ts';

const postgresFolder = 'usr/lib/postgresql/18';
const programFolder = join(postgresFolder, 'bin');
const moduleFolder = join(postgresFolder, 'lib');
const shareFolder = 'usr/share/postgresql/18';
const extensionFolder = join(shareFolder, 'extension');
const projectionFolder = 'usr/share/proj';

/** The extension modules that DocumentDB loads, and what initdb and the server itself need. */
const wantedModules = [
  /^pg_documentdb(?!_distributed)/,
  /^(pg_cron|vector|rum|tsm_system_rows|postgis-3)\.so$/,
  /^(plpgsql|dict_snowball|libpqwalreceiver)\.so$/,
];
const wantedExtensions = /^(documentdb|pg_cron|plpgsql|vector|tsm_system_rows)/;

/** Libraries behind PostGIS's raster and solid-geometry modules and PL/Perl, which DocumentDB does not load: 2/3 of the bytes. */
const notLoaded =
  /^lib(aom|apt|armadillo|arpack|assuan|blas|boost|cfitsio|dav1d|de265|freexl|gdal|geotiff|gfortran|gpgme|hdf5|heif|jxl|kml|lapack|mariadb|netcdf|nss3|odbc|ogdi|perl|poppler|python|rav1e|sfcgal|spatialite|svt|systemd-shared|sz|x265|xerces)/;

/** PostgreSQL 18 with the DocumentDB extension. */
export const documentDbRecipe: Recipe = {
  name: 'documentdb',
  revision: 1,
  package: 'postgresql-18-documentdb',
  wants: (name) => /^(postgresql-18|lib|zlib1g$|proj-data$)/.test(name) && !notLoaded.test(name),
  assemble: async (from, to, arch) => {
    const programs = await copyMatching(join(from, programFolder), join(to, programFolder), (name) =>
      ['postgres', 'initdb'].includes(name),
    );
    const modules = await copyMatching(join(from, moduleFolder), join(to, moduleFolder), (name) =>
      wantedModules.some((pattern) => pattern.test(name)),
    );
    await copyLibraries({
      from,
      to,
      arch,
      modules: moduleFolder,
      programs: [
        ...programs.map((name) => join(programFolder, name)),
        ...modules.map((name) => join(moduleFolder, name)),
      ],
    });
    await copyShared(from, to);
    await writeStarter(to, arch);
  },
};

async function copyShared(from: string, to: string): Promise<void> {
  await copyMatching(join(from, shareFolder), join(to, shareFolder), (name) =>
    /(\.sample|\.bki|\.sql|\.txt|^timezonesets|^tsearch_data)$/.test(name),
  );
  await copyMatching(join(from, extensionFolder), join(to, extensionFolder), (name) => wantedExtensions.test(name));
  // Debian links "postgis" to the version wanted when the package is installed
  const control = await readFile(join(from, extensionFolder, 'postgis-3.control'), 'utf8');
  await writeFile(join(to, extensionFolder, 'postgis.control'), control);
  const version = /^default_version = '(.+)'/m.exec(control)?.[1] ?? '';
  await copyMatching(
    join(from, extensionFolder),
    join(to, extensionFolder),
    (name) => name === `postgis--${version}.sql`,
  );
  await mkdir(join(to, projectionFolder), { recursive: true });
  await copyFile(join(from, projectionFolder, 'proj.db'), join(to, projectionFolder, 'proj.db'));
}

/**
 * initdb starts "postgres" beside it by itself: there it finds a script that starts the real one under the tree's
 * loader, by paths relative to the script, so that the tree can be moved.
 */
async function writeStarter(to: string, arch: Architecture): Promise<void> {
  const starter = join(to, programFolder, 'postgres');
  await rename(starter, `${starter}.real`);
  const up = relative(programFolder, '.');
  const libraries = `"$top/${arch.libraries}:$top/${moduleFolder}"`;
  await writeFile(
    starter,
    [
      '#!/bin/sh',
      `top=$(cd "$(dirname "$0")/${up}" && pwd)`,
      `export PROJ_DATA="$top/${projectionFolder}"`,
      `exec "$top/${arch.loader}" --library-path ${libraries} --argv0 "$0" "$0.real" "$@"`,
      '',
    ].join('\n'),
  );
  await makeExecutable(starter);
}

/** The command line that runs the tree's PostgreSQL server. */
export function postgresCommand({ root }: Tree): string[] {
  return [join(root, programFolder, 'postgres')];
}

/** The command line that makes a new database cluster. */
export function initdbCommand({ root, arch }: Tree): string[] {
  const initdb = join(root, programFolder, 'initdb');
  const libraries = `${join(root, arch.libraries)}:${join(root, moduleFolder)}`;
  return [join(root, arch.loader), '--library-path', libraries, '--argv0', initdb, initdb];
}
