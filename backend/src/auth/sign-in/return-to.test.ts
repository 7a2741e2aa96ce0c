import { describe, expect, it } from 'vitest';
import { localPath } from './return-to.ts';

describe('localPath', () => {
  it.each(['/', '/mailboxes', '/rules?mailbox=1&page=2#top', '/a//b'])('takes %s', (path) => {
    expect(localPath(path)).toBe(path);
  });

  it.each([
    '',
    'mailboxes',
    'https://elsewhere.example',
    '//elsewhere.example',
    '/\\elsewhere.example',
    '/a\\b',
    '/\t/elsewhere.example',
    '/\n/elsewhere.example',
    ' /mailboxes',
    'javascript:alert(1)',
    `/${'a'.repeat(500)}`,
  ])('refuses %j', (path) => {
    expect(() => localPath(path)).toThrow(expect.objectContaining({ status: 400, code: 'invalid_return_to' }));
  });
});
