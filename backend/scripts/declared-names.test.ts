import { describe, expect, it } from 'vitest';
import { duplicatesOf } from './declared-names.ts';

function namesIn(one: string, two: string): string[] {
  const files = [
    { path: 'one.ts', text: one },
    { path: 'two.ts', text: two },
  ];
  return duplicatesOf(files).map(({ name, paths }) => `${name}: ${paths.join(' ')}`);
}

describe('a name that is declared in two files', () => {
  it.each([
    ['a function', 'export async function read() {}', 'export function read() {}'],
    ['a generator', 'export async function* read() {}', 'export function* read() {}'],
    ['a constant', 'export const read = 1;', 'export const read = 2;'],
    ['a constant taken out of an object', 'export const { write: read, other } = both;', 'export const read = 1;'],
    ['a class', 'export abstract class read {}', 'export class read {}'],
    ['a type that only one of them exports', 'export type read = 1;', 'interface read {}'],
  ])('is found: %s', (_kind, one, two) => {
    expect(namesIn(one, two)).toEqual(['read: one.ts two.ts']);
  });

  it.each([
    ['none of them exports it', 'type Read = 1;', 'type Read = 2;'],
    ['a constant that only one of them exports', 'export const read = 1;', 'const read = 2;'],
    ['it is local to a function', 'export const read = 1;', '  type read = 1;'],
    ['one of them only imports or exports it again', 'export const read = 1;', "export { read } from './one.ts';"],
  ])('is no finding when %s', (_case, one, two) => {
    expect(namesIn(one, two)).toEqual([]);
  });
});
