import { expect, it } from 'vitest';
import { cursorIdleMs, CursorTable } from './cursors.ts';

it('a cursor is forgotten after ten minutes without a reader, not before', () => {
  let now = 0;
  const cursors = new CursorTable(() => now);
  cursors.keep('idle', 'db', Buffer.from('a'));
  cursors.keep('read', 'db', Buffer.from('a'));

  now = cursorIdleMs;
  cursors.removeIdle();
  const before = cursors.get('idle');
  cursors.keep('read', 'db', Buffer.from('b'));
  now += 1;
  cursors.removeIdle();

  expect(before).toBeDefined();
  expect(cursors.get('idle')).toBeUndefined();
  expect(cursors.get('read')?.continuation).toEqual(Buffer.from('b'));
});

it('a cursor without a continuation is exhausted', () => {
  const cursors = new CursorTable();
  cursors.keep('1', 'db', Buffer.from('a'));

  cursors.keep('1', 'db', null);

  expect(cursors.get('1')).toBeUndefined();
  expect(cursors.remove('1')).toBe(false);
});
