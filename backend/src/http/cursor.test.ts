import { describe, expect, it } from 'vitest';
import { cursor, encodeCursor } from './cursor.ts';

const place = { timestamp: new Date('2026-03-01T12:00:00.123Z'), id: '0123456789abcdef01234567' };
const encoded = encodeCursor(place);
const wrap = (text: string) => Buffer.from(text).toString('base64url');

describe('a cursor', () => {
  it('brings a place back to the millisecond, and needs no escaping in a URL', () => {
    expect(cursor.parse(encoded)).toEqual(place);
    expect(encodeURIComponent(encoded)).toBe(encoded);
  });

  it.each([
    ['nothing', ''],
    ['what is not base64url', 'not a cursor!'],
    ['padding that was not given', `${encoded}==`],
    ['characters that a decoder passes over', `${encoded.slice(0, 4)} ${encoded.slice(4)}`],
    ['a number without an id', wrap('1700000000000')],
    ['an id that is too short', wrap('1700000000000.0123')],
    ['an id in capitals', wrap('1700000000000.0123456789ABCDEF01234567')],
    ['a time with leading zeros', wrap(`007.${place.id}`)],
    ['a time that is no number', wrap(`1e12.${place.id}`)],
    ['an object', wrap(JSON.stringify({ timestamp: { $gt: 0 }, _id: place.id }))],
    ['more than a cursor ever has', wrap('1'.repeat(200))],
  ])('is refused when it is %s', (_what, text) => {
    expect(cursor.safeParse(text).success).toBe(false);
  });
});
