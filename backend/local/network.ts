import { createSocket } from 'node:dgram';
import { createServer, connect } from 'node:net';

/**
 * The ports that are handed out: below those that Linux (from 32768 on) and macOS (from 49152 on) give to outgoing
 * connections, which could take a port between its choice and its use.
 */
const firstPort = 20_000;
const portCount = 12_000;
/** Keeps processes that choose at the same time apart. */
const portsBetweenProcesses = 131;

let chosen = process.pid * portsBetweenProcesses;

/**
 * A TCP port on 127.0.0.1 that nobody listens on at this moment, and that no living process was given by this function.
 * @throws when all are taken
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < portCount; tries += 1) {
    chosen += 1;
    const port = firstPort + (chosen % portCount);
    if ((await isFree(port)) && (await claim(port))) return port;
  }
  throw new Error(
    `All ports from ${firstPort} to ${firstPort + portCount - 1} are taken: end some of what listens there`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Holds the UDP port of the same number for as long as this process lives: what is to listen on the port may take
 * seconds to start, and other processes choose meanwhile.
 */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const sign = createSocket('udp4').unref();
    sign.once('error', () => {
      sign.close();
      resolve(false);
    });
    sign.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
}

const probeTimeoutMs = 1_000;

/** Returns whether something accepts connections on this port of 127.0.0.1. */
export async function acceptsConnections(port: number): Promise<boolean> {
  return (await exchange(port, undefined)) !== undefined;
}

/** Returns whether a Redis answers PING on this port of 127.0.0.1; one that asks for a password is up as well. */
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
    socket.setTimeout(probeTimeoutMs, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    socket.once('close', () => finish(undefined));
    socket.once('connect', () => {
      if (request === undefined) finish('');
      else socket.write(request);
    });
    socket.once('data', (data) => finish(data.toString('latin1')));
  });
}
