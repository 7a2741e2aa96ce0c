import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findArchive, openApt } from '../backend/local/debian/apt.ts';

/** Unpacks Docker Compose from Debian's packages into the folder given, and prints where the program lies. */
const [folder] = process.argv.slice(2);
const archive = await findArchive();
if (folder === undefined || archive === undefined) throw new Error('usage: fetch-compose.mts FOLDER, on Debian');
const apt = await openApt({ folder, archive, suite: 'forky', say: (line) => console.error(line) });
await apt.download(['docker-compose'], join(folder, 'packages'));
for (const file of readdirSync(join(folder, 'packages'))) {
  if (file.endsWith('.deb')) execFileSync('dpkg-deb', ['-x', join(folder, 'packages', file), join(folder, 'root')]);
}
console.log(join(folder, 'root/usr/libexec/docker/cli-plugins/docker-compose'));
