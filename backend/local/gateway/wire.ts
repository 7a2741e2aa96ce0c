/**
 * The MongoDB wire protocol: a header of 16 bytes (length, request id, id answered to, opcode) and a body.
 * opMsg carries every command; opQuery only the first handshake of a driver that does not know the server yet.
 * https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 */
const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const headerBytes = 16;
const checksumBytes = 4;
const checksumPresent = 1;
const moreToCome = 2;

/** What `hello` tells drivers; the largest message a client may send. */
export const maxMessageBytes = 48_000_000;

/** One request: its command body as BSON, and the document sequences that came beside it. */
export interface RequestMessage {
  requestId: number;
  opcode: typeof opQuery | typeof opMsg;
  body: Buffer;
  sequences: Map<string, Buffer>;
  /** False for an unacknowledged write: the client does not read an answer. */
  wantsReply: boolean;
}

/** The bytes break the wire protocol; nothing that follows on this connection can be trusted. */
export class WireError extends Error {
  override name = 'WireError';
}

/** Collects the chunks of a socket and gives back whole messages. */
export class MessageSplitter {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** Returns the messages that `chunk` completes, in order. Throws WireError for an impossible length. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const messages: Buffer[] = [];
    for (let length = this.#nextLength(); length <= this.#bytes; length = this.#nextLength()) {
      const all = this.#joined();
      messages.push(all.subarray(0, length));
      this.#chunks = all.length > length ? [all.subarray(length)] : [];
      this.#bytes -= length;
    }
    return messages;
  }

  /** Length of the message at the front; Infinity while even that is not known. */
  #nextLength(): number {
    if (this.#bytes < 4) return Number.POSITIVE_INFINITY;
    const [first] = this.#chunks;
    const length = (first !== undefined && first.length >= 4 ? first : this.#joined()).readInt32LE(0);
    if (length < headerBytes || length > maxMessageBytes + 1024) throw new WireError(`Message length ${length}`);
    return length;
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    const all = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

/** Reads one whole message. Throws WireError when it is malformed or of another opcode. */
export function parseMessage(message: Buffer): RequestMessage {
  const requestId = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === opMsg) return { requestId, opcode, ...parseSections(message) };
  if (opcode === opQuery) return { requestId, opcode, ...parseQuery(message) };
  throw new WireError(`Opcode ${opcode} is not supported`);
}

function parseSections(message: Buffer): Pick<RequestMessage, 'body' | 'sequences' | 'wantsReply'> {
  if (message.length < headerBytes + 4) throw new WireError('A message without flags');
  const flags = message.readUInt32LE(headerBytes);
  const end = message.length - ((flags & checksumPresent) === 0 ? 0 : checksumBytes);
  const sequences = new Map<string, Buffer>();
  let body: Buffer | undefined;
  let position = headerBytes + 4;
  while (position < end) {
    const kind = message[position];
    const section = sized(message, position + 1, end);
    if (kind === 0) {
      body = section;
    } else if (kind === 1) {
      const nameEnd = section.indexOf(0, 4);
      if (nameEnd < 0) throw new WireError('A document sequence without a name');
      sequences.set(section.toString('utf8', 4, nameEnd), section.subarray(nameEnd + 1));
    } else {
      throw new WireError(`Section kind ${kind}`);
    }
    position += 1 + section.length;
  }
  if (body === undefined) throw new WireError('A message without a body');
  return { body, sequences, wantsReply: (flags & moreToCome) === 0 };
}

/** opQuery: flags, collection name, numbers to skip and to return (4 bytes each), then the command. */
function parseQuery(message: Buffer): Pick<RequestMessage, 'body' | 'sequences' | 'wantsReply'> {
  const nameEnd = message.indexOf(0, headerBytes + 4);
  if (nameEnd < 0) throw new WireError('A query without a collection name');
  return { body: sized(message, nameEnd + 9, message.length), sequences: new Map(), wantsReply: true };
}

/** The part of `message` at `start` that begins with its own length. */
function sized(message: Buffer, start: number, end: number): Buffer {
  if (start + 4 > end) throw new WireError('A section that ends early');
  const size = message.readInt32LE(start);
  if (size < 5 || start + size > end) throw new WireError(`A section of ${size} bytes`);
  return message.subarray(start, start + size);
}

/** The answer to `request`, in the opcode that the client expects for it. */
export function encodeReply(request: RequestMessage, replyId: number, document: Uint8Array): Buffer {
  // opMsg: flags and section kind, all zero. opReply: flags 8 (AwaitCapable), cursor id, start, one document.
  const head = Buffer.alloc(request.opcode === opMsg ? headerBytes + 5 : headerBytes + 20);
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(replyId, 4);
  head.writeInt32LE(request.requestId, 8);
  head.writeInt32LE(request.opcode === opMsg ? opMsg : opReply, 12);
  if (request.opcode === opQuery) {
    head.writeInt32LE(8, headerBytes);
    head.writeInt32LE(1, headerBytes + 16);
  }
  return Buffer.concat([head, document]);
}
