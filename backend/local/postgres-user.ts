import { chownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Debian's fixed ids of nobody and nogroup (base-passwd). */
const nobodyId = 65_534;

const isRoot = process.getuid?.() === 0;

/**
 * What to put before a command line of PostgreSQL, which refuses to run as root: then it runs as nobody. Where a folder
 * on the way to one of `paths` is closed to nobody (a clone in root's home), it keeps root's way through closed folders,
 * also for access(2), which PostgreSQL asks about its programs.
 */
export function asPostgresUser(paths: readonly string[]): string[] {
  if (!isRoot) return [];
  const throughFolders = paths.every((path) => isOpenToAll(path))
    ? []
    : ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'];
  return ['setpriv', `--reuid=${nobodyId}`, `--regid=${nobodyId}`, '--clear-groups', ...throughFolders];
}

/** Gives a folder to the user that PostgreSQL runs as. */
export function giveToPostgres(folder: string): void {
  if (isRoot) chownSync(folder, nobodyId, nobodyId);
}

const othersMayEnter = 0o001;

/** Whether every folder above this path lets any user through. */
function isOpenToAll(path: string): boolean {
  const parent = dirname(path);
  const isOpen = (statSync(parent).mode & othersMayEnter) !== 0;
  return isOpen && (parent === dirname(parent) || isOpenToAll(parent));
}
