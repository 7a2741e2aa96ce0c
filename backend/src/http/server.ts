import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { ConfigurationError, toError } from '../lib/errors.ts';

/** How often connections that have become idle are closed while the server drains. */
const sweepMs = 50;

/**
 * Listens on all interfaces.
 * @param port 0 for any free one
 * @throws when the port cannot be had, naming it
 */
export async function listen(app: RequestListener, port: number): Promise<Server> {
  const server = createServer(app);
  try {
    server.listen(port);
    await once(server, 'listening');
  } catch (error) {
    throw explain(toError(error), port);
  }
  return server;
}

function explain(error: Error, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new ConfigurationError(`Port ${port} is in use by another process: stop it, or set PORT`, { cause: error });
  }
  if (code === 'EACCES') {
    return new ConfigurationError(`This user may not listen on port ${port}: set PORT to 1024 or more`, {
      cause: error,
    });
  }
  return error;
}

/**
 * Stops accepting and waits until every request in flight is answered whole. Connections without a request are
 * closed as they become idle: a keep-alive client does not hold the exit.
 * @param signal aborted: what is still open is cut
 */
export async function closeServer(server: Server, signal: AbortSignal): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
  const cut = (): void => server.closeAllConnections();
  signal.addEventListener('abort', cut, { once: true });
  if (signal.aborted) cut();
  try {
    server.closeIdleConnections();
    await closed;
  } finally {
    clearInterval(sweep);
    signal.removeEventListener('abort', cut);
  }
}
