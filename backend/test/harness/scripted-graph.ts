import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { text } from 'node:stream/consumers';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query, decoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export type Reply = (response: ServerResponse, request: ReceivedRequest) => unknown;

/** An HTTP server that answers as it was told to, and remembers what it was asked. */
export class ScriptedGraph {
  readonly received: ReceivedRequest[] = [];
  readonly baseUrl: string;
  readonly #server: Server;
  #script: Reply[] = [];
  #afterwards: Reply = json(200, {});

  static async start(): Promise<ScriptedGraph> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedGraph(server);
  }

  private constructor(server: Server) {
    const address = server.address();
    if (!(address instanceof Object)) throw new Error('The server does not listen');
    this.baseUrl = `http://127.0.0.1:${address.port}`;
    this.#server = server;
    server.on('request', (request, response) => {
      void this.#answer(request, response);
    });
  }

  /** Answers the requests to come, in order, and all after them like the last. Forgets what was received. */
  answerWith(...replies: readonly [Reply, ...Reply[]]): void {
    this.received.length = 0;
    this.#script = [...replies];
    this.#afterwards = replies.at(-1) ?? this.#afterwards;
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const content = await text(incoming);
    const body: unknown = content === '' ? undefined : JSON.parse(content);
    const request = { method, url: decodeURIComponent(url), headers, body };
    this.received.push(request);
    const reply = this.#script.shift() ?? this.#afterwards;
    reply(response, request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

/** An answer in JSON; without a body when `body` is undefined. */
export function json(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };
}

/** A failure as Graph words it. */
export function failure(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return json(status, { error: { code, message: 'About "Your invoice" from mallory@example.com' } }, headers);
}

/** The connection breaks before an answer. */
export const reset: Reply = (response) => response.socket?.resetAndDestroy();

/** The connection stays open, and no answer comes. */
export const silence: Reply = () => undefined;

/** The connection breaks in the middle of the answer. */
export const half: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"id":', () => response.socket?.destroy());
};
