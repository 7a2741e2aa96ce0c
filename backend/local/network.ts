import { createServer, connect } from 'node:net';

/** A TCP port on 127.0.0.1 that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('No TCP port was given'));
        else resolve(address.port);
      });
    });
  });
}

const PROBE_TIMEOUT_MS = 1_000;

/** Whether something accepts connections on this port of 127.0.0.1. */
export async function acceptsConnections(port: number): Promise<boolean> {
  return (await exchange(port, undefined)) !== undefined;
}

/** Whether a Redis answers PING on this port of 127.0.0.1; one that asks for a password is up as well. */
export async function answersPing(port: number): Promise<boolean> {
  const reply = await exchange(port, 'PING\r\n');
  return reply !== undefined && /^(\+PONG|-NOAUTH)/.test(reply);
}

/** Connects, sends the request and resolves with the first piece of the answer; undefined when nobody answers. */
function exchange(port: number, request: string | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const finish = (reply: string | undefined): void => {
      socket.destroy();
      resolve(reply);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    socket.once('close', () => finish(undefined));
    socket.once('connect', () => {
      if (request === undefined) finish('');
      else socket.write(request);
    });
    socket.once('data', (data) => finish(data.toString('latin1')));
  });
}
