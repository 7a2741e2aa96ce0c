import { BSON, Double, Int32, Long, ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { docsOf, isDoc, numberOf, parseExact, serialize, splitSequence } from './documents.ts';

describe('parseExact', () => {
  it('keeps what serialize would otherwise write as another type', () => {
    const bytes = BSON.serialize({
      whole: new Double(1),
      long: Long.fromNumber(1),
      int: new Int32(1),
      pattern: new BSON.BSONRegExp('a', 'x'),
      bytes: new BSON.Binary(Buffer.from('a'), 5),
      at: new Date(0),
      list: [new Double(2), null],
    });

    expect(serialize(parseExact(bytes))).toEqual(Buffer.from(bytes));
  });
});

describe('splitSequence', () => {
  it('gives back every document', () => {
    const documents = [{ n: 1 }, {}, { text: 'x' }].map((document) => serialize(document));

    expect(splitSequence(Buffer.concat(documents))).toEqual(documents);
    expect(splitSequence(Buffer.alloc(0))).toEqual([]);
  });

  it.each([4, 7])('refuses a document that claims %i bytes of 6', (length) => {
    const bytes = Buffer.alloc(6);
    bytes.writeInt32LE(length);

    expect(() => splitSequence(bytes)).toThrow(RangeError);
  });
});

describe('isDoc', () => {
  it('knows embedded documents from everything else', () => {
    const others = [null, undefined, 1, 'x', [], new Date(), /x/, new ObjectId(), new Int32(1), Buffer.alloc(1)];

    expect([{}, { a: 1 }].map((value) => isDoc(value))).toEqual([true, true]);
    expect(others.filter((value) => isDoc(value))).toEqual([]);
    expect(docsOf([{ a: 1 }, 2])).toEqual([{ a: 1 }]);
    expect(docsOf({ a: 1 })).toEqual([]);
  });
});

describe('numberOf', () => {
  it('reads numbers of every type, and nothing else', () => {
    const numbers = [5, new Int32(5), Long.fromNumber(5), new Double(5)];
    const others = [undefined, null, true, {}, 'five', new ObjectId()];

    expect(numbers.map((value) => numberOf(value, 0))).toEqual([5, 5, 5, 5]);
    expect(others.map((value) => numberOf(value, -1))).toEqual(others.map(() => -1));
  });
});
