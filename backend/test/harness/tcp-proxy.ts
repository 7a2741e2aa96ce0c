import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between the service and a store, and can behave as a network or a store that is gone. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #sockets = new Set<Socket>();
  #mode: 'forward' | 'refuse' | 'swallow' = 'forward';

  static async start(target: { host: string; port: number }): Promise<TcpProxy> {
    const server = createServer({ pauseOnConnect: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, target);
  }

  private constructor(server: Server, target: { host: string; port: number }) {
    const address = server.address();
    if (!(address instanceof Object)) throw new Error('The proxy does not listen');
    this.port = address.port;
    this.#server = server;
    this.#target = target;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Cuts every connection and refuses new ones: the store is gone. */
  cut(): void {
    this.#mode = 'refuse';
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Accepts connections, takes every byte and answers none: the store is frozen, or behind a black hole. */
  swallow(): void {
    this.#mode = 'swallow';
    for (const socket of this.#sockets) socket.unpipe();
    for (const socket of this.#sockets) socket.resume();
  }

  /** Forwards again. Connections that were swallowed are cut, as a network does that comes back. */
  restore(): void {
    const swallowed = this.#mode === 'swallow';
    this.#mode = 'forward';
    if (swallowed) for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.#track(client);
    if (this.#mode === 'refuse') {
      client.resetAndDestroy();
    } else if (this.#mode === 'swallow') {
      client.resume();
    } else {
      const store = connect(this.#target);
      this.#track(store);
      client.pipe(store).pipe(client);
      client.on('close', () => store.destroy());
      store.on('close', () => client.destroy());
    }
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }
}
