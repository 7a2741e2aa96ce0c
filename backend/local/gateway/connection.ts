import type { Socket } from 'node:net';
import type { Services } from './commands/command.ts';
import { dispatch } from './dispatch.ts';
import { serialize } from './documents.ts';
import { encodeReply, MessageSplitter, parseMessage } from './wire.ts';

/**
 * Answers the messages of one client, one after the other, until either side hangs up.
 * Throws what ended the connection: a socket error, WireError, EngineLostError.
 */
export async function serveConnection(socket: Socket, id: number, services: Services): Promise<void> {
  const connection = { id, peer: `${socket.remoteAddress}:${socket.remotePort}` };
  const splitter = new MessageSplitter();
  let replies = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    for (const bytes of splitter.push(chunk)) {
      const message = parseMessage(bytes);
      const reply = await dispatch(message, connection, services);
      if (!message.wantsReply || socket.destroyed) continue;
      replies += 1;
      socket.write(encodeReply(message, replies, Buffer.isBuffer(reply) ? reply : serialize(reply)));
    }
  }
}
