import { describe, expect, it } from 'vitest';
import { libraryPaths } from './tree.ts';

describe('the libraries of a program', () => {
  it('are the files that the loader found; one that it did not find is named as it is', () => {
    const listing = [
      '\tlinux-vdso.so.1 (0x00007fb1c13a2000)',
      '\tlibm.so.6 => /tree/usr/lib/libm.so.6 (0x00007fb1c0aea000)',
      '\tlibgone.so.1 => not found',
      '\t/lib64/ld-linux-x86-64.so.2 => /tree/usr/lib64/ld-linux-x86-64.so.2 (0x00007fb1c13a4000)',
    ].join('\n');

    expect(libraryPaths(listing)).toEqual([
      '/tree/usr/lib/libm.so.6',
      'libgone.so.1',
      '/tree/usr/lib64/ld-linux-x86-64.so.2',
    ]);
  });
});
