import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Totals {
  readonly files: number;
  readonly bytes: number;
}

/** How many files lie under a folder and how many bytes they hold, one file at its top (`except`) not counted. */
export async function folderTotals(folder: string, except: string): Promise<Totals> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !(entry.parentPath === folder && entry.name === except));
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size));
  return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
