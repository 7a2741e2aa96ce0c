import { describe, expect, it } from 'vitest';
import type { IMailFolder } from '../../models/Mailbox.ts';
import { formatPath, pathFinder } from '../../models/fields/folder-chain.ts';
import { foldersAt, parsePath } from './folder-path.ts';
import { findFolder } from './place-fault.ts';

const folders: IMailFolder[] = [
  { id: 'inbox', displayName: 'Posteingang', kind: 'inbox', parentFolderId: 'root' },
  { id: 'archive', displayName: 'Archiv', kind: 'archive', parentFolderId: 'root' },
  { id: 'own-archive', displayName: 'Archive', parentFolderId: 'root' },
  { id: 'projects', displayName: 'Projekte', parentFolderId: 'inbox' },
  { id: 'slash', displayName: String.raw`A/B\C`, parentFolderId: 'projects' },
  { id: 'low', displayName: 'reading', parentFolderId: 'root' },
  { id: 'high', displayName: 'Reading', parentFolderId: 'root' },
  { id: 'hidden', displayName: 'Hidden', parentFolderId: 'root', isHidden: true },
];
const idsAt = (path: string) => foldersAt(folders, parsePath(path)).map(({ id }) => id);

describe('a path', () => {
  it('is read as it was written, whatever the names have in them', () => {
    const names = ['Inbox', 'A/B', String.raw`back\slash`, String.raw`both\/`, String.raw`end\\`];

    expect(parsePath(formatPath(names))).toEqual(names);
    expect(formatPath(['A/B', String.raw`C\D`])).toBe(String.raw`A\/B/C\\D`);
    expect(parsePath('/Inbox/Projects/')).toEqual(['Inbox', 'Projects']);
    expect(parsePath(String.raw`C:\temp`)).toEqual([String.raw`C:\temp`]);
  });

  it.each([
    ['Posteingang/Projekte', 'projects'],
    ['POSTEINGANG/projekte', 'projects'],
    ['inbox/Projekte', 'projects'],
    [String.raw`Inbox/Projekte/A\/B\\C`, 'slash'],
    ['Archiv', 'archive'],
    ['Archive', 'own-archive'],
  ])('%s names one folder, in the language of the mailbox or in English', (path, id) => {
    expect(idsAt(path)).toEqual([id]);
  });

  it.each(['', '/', 'Projekte', 'Inbox/Nothing', 'Inbox//Projekte', 'Hidden'])('%s names none', (path) => {
    expect(idsAt(path)).toEqual([]);
  });

  it('that two folders have in different letter case is ambiguous, and the candidates are named', () => {
    expect(findFolder('Reading', folders)).toEqual({
      ok: false,
      fault: 'ambiguous_folder',
      candidates: ['reading (id low)', 'Reading (id high)'],
    });
  });

  it('yields to an id', () => {
    expect(findFolder('high', folders)).toEqual({ ok: true, id: 'high' });
    expect(findFolder('Nowhere', folders)).toEqual({ ok: false, fault: 'no_such_folder' });
  });

  it('is that of a folder and those above it, and ends where the list is no tree', () => {
    expect(pathFinder(folders)('slash')).toEqual(['Posteingang', 'Projekte', String.raw`A/B\C`]);
    const circle = [
      { id: 'a', displayName: 'A', parentFolderId: 'b' },
      { id: 'b', displayName: 'B', parentFolderId: 'a' },
    ];
    expect(pathFinder(circle)('a').length).toBeGreaterThan(1);
  });
});
