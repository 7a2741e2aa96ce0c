import { describe, expect, it } from 'vitest';
import { BSON } from 'bson';
import { encodeReply, MessageSplitter, parseMessage, WireError } from './wire.ts';

function int32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeInt32LE(value, index * 4));
  return bytes;
}

function bson(document: BSON.Document): Buffer {
  return Buffer.from(BSON.serialize(document));
}

/** A message as a driver sends it. */
function message(opcode: number, requestId: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([int32(16 + content.length, requestId, 0, opcode), content]);
}

function sequence(name: string, documents: BSON.Document[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map(bson)]);
  return Buffer.concat([Buffer.from([1]), int32(4 + content.length), content]);
}

function body(document: BSON.Document): Buffer {
  return Buffer.concat([Buffer.from([0]), bson(document)]);
}

describe('parseMessage', () => {
  it('reads the body of an OP_MSG', () => {
    const parsed = parseMessage(message(2013, 7, int32(0), body({ ping: 1, $db: 'admin' })));

    expect(parsed).toMatchObject({ requestId: 7, opcode: 2013, wantsReply: true });
    expect(BSON.deserialize(parsed.body)).toEqual({ ping: 1, $db: 'admin' });
  });

  it('reads document sequences before and behind the body', () => {
    const before = sequence('documents', [{ n: 1 }, { n: 2 }]);
    const behind = sequence('updates', [{ q: {} }]);

    const parsed = parseMessage(message(2013, 1, int32(0), before, body({ insert: 'c' }), behind));

    expect([...parsed.sequences.keys()]).toEqual(['documents', 'updates']);
    expect(parsed.sequences.get('documents')).toEqual(Buffer.concat([bson({ n: 1 }), bson({ n: 2 })]));
    expect(BSON.deserialize(parsed.body)).toEqual({ insert: 'c' });
  });

  it('leaves a checksum out', () => {
    const parsed = parseMessage(message(2013, 1, int32(1), body({ ping: 1 }), Buffer.from('CRC!')));

    expect(BSON.deserialize(parsed.body)).toEqual({ ping: 1 });
  });

  it('knows a client that wants no reply', () => {
    expect(parseMessage(message(2013, 1, int32(2), body({ insert: 'c' }))).wantsReply).toBe(false);
  });

  it('reads the handshake of an OP_QUERY', () => {
    const parsed = parseMessage(
      message(2004, 3, int32(0), Buffer.from('admin.$cmd\0'), int32(0, -1), bson({ isMaster: 1 })),
    );

    expect(parsed).toMatchObject({ requestId: 3, opcode: 2004, wantsReply: true });
    expect(BSON.deserialize(parsed.body)).toEqual({ isMaster: 1 });
  });

  it.each([
    ['another opcode', message(2012, 1, int32(0))],
    ['no flags', message(2013, 1)],
    ['no body', message(2013, 1, int32(0))],
    ['an unknown section', message(2013, 1, int32(0), Buffer.from([9]), bson({}))],
    ['a section longer than the message', message(2013, 1, int32(0), Buffer.from([0]), int32(1000), Buffer.alloc(9))],
    ['a sequence without a name', message(2013, 1, int32(0), Buffer.from([1]), int32(6), Buffer.from('ab'))],
    ['a query without a collection', message(2004, 1, int32(0), Buffer.from('admin'))],
  ])('refuses %s', (_reason, bytes) => {
    expect(() => parseMessage(bytes)).toThrow(WireError);
  });
});

describe('encodeReply', () => {
  it('answers an OP_MSG with an OP_MSG that can be read back', () => {
    const request = parseMessage(message(2013, 42, int32(0), body({ ping: 1 })));

    const reply = encodeReply(request, 5, bson({ ok: 1 }));

    expect([0, 4, 8, 12].map((at) => reply.readInt32LE(at))).toEqual([reply.length, 5, 42, 2013]);
    expect(BSON.deserialize(parseMessage(reply).body)).toEqual({ ok: 1 });
  });

  it('answers an OP_QUERY with an OP_REPLY of one document', () => {
    const query = message(2004, 42, int32(0), Buffer.from('admin.$cmd\0'), int32(0, -1), bson({ isMaster: 1 }));

    const reply = encodeReply(parseMessage(query), 5, bson({ ok: 1 }));

    expect([0, 8, 12, 32].map((at) => reply.readInt32LE(at))).toEqual([reply.length, 42, 1, 1]);
    expect(BSON.deserialize(reply.subarray(36))).toEqual({ ok: 1 });
  });
});

describe('MessageSplitter', () => {
  const first = message(2013, 1, int32(0), body({ ping: 1 }));
  const second = message(2013, 2, int32(0), body({ hello: 1, text: 'x'.repeat(100) }));
  const both = Buffer.concat([first, second]);

  it.each([1, 2, 3, 5, 16, 50, first.length, both.length])('joins chunks of %i bytes to messages', (size) => {
    const splitter = new MessageSplitter();
    const messages: Buffer[] = [];

    for (let at = 0; at < both.length; at += size) messages.push(...splitter.push(both.subarray(at, at + size)));

    expect(messages).toEqual([first, second]);
  });

  it.each([-1, 0, 15, 2_000_000_000])('refuses a message of %i bytes', (length) => {
    expect(() => new MessageSplitter().push(int32(length))).toThrow(WireError);
  });
});
