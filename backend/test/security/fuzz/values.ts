/** Ids by the name of the parameter or field that takes them. */
export type KnownIds = Readonly<Record<string, string>>;

/** Texts that mean something to a parser, a store, a file system or a terminal. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'NaN',
  'null',
  'true',
  'x'.repeat(5_000),
  '\u0000',
  '\uD800',
  '\u202Eevil',
  '😀'.repeat(60),
  '\r\nset-cookie: a=b',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  "' || '1'=='1",
  '$where',
  '{"$gt":""}',
  '${7*7}',
  '%00%0a',
  'http://169.254.169.254/latest',
  '0000-01-01',
  '2026-02-30',
  '9999-12-31T23:59:59-14:00',
  '1970-01-01T00:00:00+14:00',
  'a@b',
  'ada@contoso.example',
];

/** Values of other types, operators of MongoDB, and numbers at the edge. */
export const hostileValues: readonly unknown[] = [
  ...hostileTexts,
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  [],
  {},
  [null],
  [[]],
  { $gt: '' },
  { $where: 'sleep(1000)' },
  JSON.parse('{"__proto__":{"role":"admin"},"constructor":{"prototype":{}}}'),
  Array.from({ length: 2_000 }, () => 'x'),
];

const zeros = '0'.repeat(24);

/** Parts of a path in place of an id of the caller's: malformed, unknown, and of others. */
export function hostileIds(others: readonly string[]): string[] {
  return [...others, zeros, 'f'.repeat(24), 'F'.repeat(24), 'x', '0', ...hostileTexts.filter((text) => text !== '')];
}

const encode = (text: string): string => Buffer.from(text).toString('base64url');

/** Cursors that no list has handed out. */
export const tamperedCursors: readonly string[] = [
  encode(`0.${zeros}`),
  encode(`999999999999999.${zeros}`),
  encode(`-1.${zeros}`),
  encode(`1e3.${zeros}`),
  encode(`1.${zeros}0`),
  encode(`{"timestamp":{"$gt":0}}`),
  encode(`0.5.${zeros}`),
  `${encode(`1700000000000.${zeros}`)}=`,
  'x'.repeat(200),
];

/** Bodies that are no JSON of the form wanted, or lie about what they are. */
export function malformedBodies(gzipped: Buffer): { body: string | Buffer; headers: Record<string, string> }[] {
  const json = { 'content-type': 'application/json' };
  const texts = ['', '{', '[]', 'null', '"x"', '1', 'x', '{"a":1,}', '\uFEFF{}', '['.repeat(20_000), '{"a":1}{"b":2}'];
  return [
    ...texts.map((body) => ({ body, headers: json })),
    { body: Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), headers: json },
    { body: JSON.stringify({ text: 'x'.repeat(1_100_000) }), headers: json },
    { body: gzipped, headers: { ...json, 'content-encoding': 'gzip' } },
    { body: '{}', headers: { ...json, 'content-encoding': 'gzip' } },
    { body: '{}', headers: { ...json, 'content-encoding': 'rot13' } },
    { body: '{}', headers: { 'content-type': 'application/json; charset=utf-99' } },
    { body: '{}', headers: { 'content-type': 'text/plain' } },
    { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    { body: '<a/>', headers: { 'content-type': 'application/xml' } },
    { body: '{}', headers: {} },
  ];
}
