import { join } from 'node:path';

/** The folder that holds package.json: `--import tsx` and `src/server.ts` are looked up from here. */
export const backendRoot = join(import.meta.dirname, '..');

/** Everything the local stores leave on disk; safe to delete while nothing runs. */
export const localRoot = join(backendRoot, '.local');

/** Where Debian's packages are unpacked, shared by all data folders. */
export const debianFolder = join(localRoot, 'debian');
