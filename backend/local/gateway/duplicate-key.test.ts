import { ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { describeDuplicate, documentOfUpdate } from './duplicate-key.ts';

function messageFor(document: Record<string, unknown>, ...paths: string[]): string {
  const keyPattern = Object.fromEntries(paths.map((path) => [path, 1]));
  return describeDuplicate({ namespace: 'db.c', indexName: 'i', keyPattern, document }).errmsg;
}

describe('describeDuplicate', () => {
  it('words the error as mongod does', () => {
    const described = describeDuplicate({
      namespace: 'db.users',
      indexName: 'email_1_n_-1',
      keyPattern: { email: 1, n: -1 },
      document: { email: 'a"b@example.org', n: 5, other: true },
    });

    expect(described).toEqual({
      errmsg:
        String.raw`E11000 duplicate key error collection: db.users index: email_1_n_-1 ` +
        String.raw`dup key: { email: "a\"b@example.org", n: 5 }`,
      keyPattern: { email: 1, n: -1 },
      keyValue: { email: 'a"b@example.org', n: 5 },
    });
  });

  it.each([
    [{ a: null }, 'a', '{ a: null }'],
    [{}, 'a', '{ a: null }'],
    [{ a: { b: { c: 1 } } }, 'a.b', '{ a.b: { c: 1 } }'],
    [{ a: [{ b: 1 }, { b: 2 }] }, 'a.b', '{ a.b: 1 }'],
    [{ a: [1, true] }, 'a', '{ a: [ 1, true ] }'],
    [{ a: new Date(5) }, 'a', '{ a: new Date(5) }'],
    [{ a: new ObjectId('0123456789abcdef01234567') }, 'a', "{ a: ObjectId('0123456789abcdef01234567') }"],
  ])('shows the key of %j at %s as %s', (document, path, expected) => {
    expect(messageFor(document, path)).toContain(`dup key: ${expected}`);
  });
});

describe('documentOfUpdate', () => {
  it('puts together query, $setOnInsert and $set', () => {
    const operation = {
      q: { user: 1, 'sender.name': 'x', n: { $gt: 1 }, $or: [] },
      u: { $setOnInsert: { made: 1 }, $set: { 'sender.domain': 'd', user: 2 }, $inc: { n: 1 } },
    };

    expect(documentOfUpdate(operation)).toEqual({ user: 2, sender: { name: 'x', domain: 'd' }, made: 1 });
  });

  it('takes a replacement as it is', () => {
    expect(documentOfUpdate({ q: { a: 1 }, u: { b: 2 } })).toEqual({ b: 2 });
  });

  it('takes the fields that a pipeline sets', () => {
    const u = [{ $set: { b: 2 } }, { $addFields: { c: 3 } }, { $unset: 'd' }];

    expect(documentOfUpdate({ q: { a: 1 }, u })).toEqual({ a: 1, b: 2, c: 3 });
  });
});
