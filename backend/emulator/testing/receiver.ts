import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { readBody } from '../http/body.ts';
import { record } from './app-client.ts';

/** What a receiver of notifications got, and how it answers. */
export interface Receiver {
  readonly url: string;
  readonly received: Record<string, unknown>[];
  /** How many requests came in, handshakes aside. */
  posts(): number;
  /** Status of the answers to notifications; 202 unless set. */
  answerWith(status: number, times?: number): void;
  /** From now on handshakes are answered with something else than the token. */
  breakHandshake(): void;
  close(): Promise<void>;
}

/** Starts a webhook endpoint that passes the handshake and keeps what it is sent. */
export async function startReceiver(): Promise<Receiver> {
  const received: Record<string, unknown>[] = [];
  const state = { posts: 0, status: 202, timesLeft: Number.POSITIVE_INFINITY, isBroken: false };
  const server = createServer((incoming, response) => {
    const token = new URL(incoming.url ?? '/', 'http://localhost').searchParams.get('validationToken');
    if (token !== null) {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(state.isBroken ? 'no' : token);
      return;
    }
    void readBody(incoming).then((text) => {
      state.posts += 1;
      const isStruck = state.status >= 300 && state.timesLeft > 0;
      if (isStruck) state.timesLeft -= 1;
      else received.push(...notifications(text));
      response.writeHead(isStruck ? state.status : 202).end();
      return undefined;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server)}/hook`,
    received,
    posts: () => state.posts,
    answerWith: (status, times = Number.POSITIVE_INFINITY) => Object.assign(state, { status, timesLeft: times }),
    breakHandshake: () => Object.assign(state, { isBroken: true }),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function notifications(text: string): Record<string, unknown>[] {
  const { value } = record(JSON.parse(text));
  return Array.isArray(value) ? value.map((item: unknown) => record(item)) : [];
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
