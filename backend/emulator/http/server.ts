import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { EmulatorReply, EmulatorRequest, Handle } from './exchange.ts';
import { parseBody, readBody } from './body.ts';

const loopback = '127.0.0.1';

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves plain HTTP on the loopback interface. @param port 0 takes a free one */
export async function serve(handle: Handle, port: number, basePath: string): Promise<RunningServer> {
  const server = createServer((incoming, response) => {
    void answer(handle, basePath, { incoming, response });
  });
  server.keepAliveTimeout = 60_000; // longer than the clients keep theirs, so that no reused connection is cut
  server.listen(port, loopback);
  await once(server, 'listening');
  return { url: `http://${loopback}:${portOf(server)}${basePath}`, close: () => close(server) };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(handle: Handle, basePath: string, { incoming, response }: Exchange): Promise<void> {
  let reply: EmulatorReply;
  try {
    const request = await toRequest(incoming, basePath);
    reply = request === undefined ? { status: 404, body: { error: 'not_found' } } : await handle(request);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    reply = { status: 500, body: { error: 'emulator_fault', message } };
  }
  if (reply.isReset === true) incoming.socket.destroy();
  else send(response, reply);
}

async function toRequest(incoming: IncomingMessage, basePath: string): Promise<EmulatorRequest | undefined> {
  const host = incoming.headers.host ?? loopback;
  const url = new URL(`http://${host}${incoming.url ?? '/'}`);
  if (basePath !== '' && !url.pathname.startsWith(`${basePath}/`)) return undefined;
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname.slice(basePath.length),
    query: url.searchParams,
    headers,
    body: parseBody(await readBody(incoming), headers['content-type'] ?? ''),
    origin: `http://${host}${basePath}`,
  };
}

function send(response: ServerResponse, { status, headers, body }: EmulatorReply): void {
  if (response.destroyed) return;
  if (body === undefined) {
    response.writeHead(status, { ...headers, 'content-length': '0' }).end();
    return;
  }
  const isText = typeof body === 'string';
  const payload = Buffer.from(isText ? body : JSON.stringify(body));
  response
    .writeHead(status, {
      'content-type': isText ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
      'content-length': String(payload.length),
      ...headers,
    })
    .end(payload);
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The emulator listens on no port');
  return address.port;
}
