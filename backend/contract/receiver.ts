import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Fields, fieldsOf, listOf } from './fields.ts';

/** Takes in the notifications of Graph. */
export interface Receiver {
  /** The address at which Graph reaches it. */
  readonly url: string;
  readonly received: readonly Fields[];
  /** How many times it was asked to validate itself. */
  handshakes(): number;
  close(): Promise<void>;
}

/**
 * Starts a receiver.
 * @param port where it listens; 0 takes a free one
 * @param publicUrl the address at which Graph reaches that port; otherwise loopback
 */
export async function startReceiver(port: number, publicUrl?: string): Promise<Receiver> {
  const received: Fields[] = [];
  let handshakes = 0;
  const server = createServer((request, response) => {
    const token = new URL(request.url ?? '/', 'http://localhost').searchParams.get('validationToken');
    if (token !== null) {
      handshakes += 1;
      response.writeHead(200, { 'content-type': 'text/plain' }).end(token);
      return;
    }
    void text(request).then((body) => {
      received.push(...notificationsIn(body));
      return response.writeHead(202).end();
    });
  });
  server.listen(port, publicUrl === undefined ? '127.0.0.1' : '0.0.0.0');
  await once(server, 'listening');
  return {
    url: publicUrl ?? `http://127.0.0.1:${portOf(server)}/`,
    received,
    handshakes: () => handshakes,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function notificationsIn(body: string): Fields[] {
  try {
    return listOf(fieldsOf(JSON.parse(body))['value']);
  } catch {
    return []; // somebody else found the address
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
