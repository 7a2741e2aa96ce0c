import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { EngineLostError, messageOf } from './errors.ts';

interface ListenOptions {
  host: string;
  /** 0 for any free port. */
  port: number;
  /** Serves one client until it hangs up; a rejection drops the client. `id` counts from 1. */
  serve: (socket: Socket, id: number) => Promise<void>;
  log: (line: string) => void;
}

/** A listening port and the clients on it. */
export interface Listener {
  port: number;
  connectionCount: () => number;
  /** Refuses new clients and resets those that are there. */
  close: () => Promise<void>;
}

/** Opens the port. Throws what listen() throws, such as EADDRINUSE. */
export async function listen({ host, port, serve, log }: ListenOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // reported by serve()
    serve(socket, accepted).catch((error: unknown) => {
      // A client may hang up in the middle, and the loss of the engine is reported once for all
      if (!socket.destroyed && !(error instanceof EngineLostError)) log(`dropping a client: ${messageOf(error)}`);
      socket.resetAndDestroy();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The port is not a TCP port');
  return {
    port: address.port,
    connectionCount: () => sockets.size,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      // A reset, not a plain end: after an end, a MongoDB driver can wait for ever for a socket that never drains
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
  };
}
