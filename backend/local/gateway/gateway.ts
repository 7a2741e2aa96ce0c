/**
 * A MongoDB-compatible server in front of PostgreSQL with the DocumentDB extension.
 *
 * engine     PostgreSQL with DocumentDB, which stores the documents and runs the commands as SQL functions
 * request    one command of a client, with the document sequences that came beside it
 * lane       a queue by name, for statements that must not run at the same time
 * session    one life of the engine: a pool of connections to it and a listening port in front
 */
import { setTimeout as delay } from 'node:timers/promises';
import { serveConnection } from './connection.ts';
import type { Services } from './commands/command.ts';
import { cursorIdleMs, CursorTable } from './cursors.ts';
import { type Engine, type EngineAddress, openEngine } from './engine.ts';
import { messageOf } from './errors.ts';
import { Lanes } from './lanes.ts';
import { listen, type Listener } from './listener.ts';
import { cleanCursorFilesStatement } from './sql.ts';
import { TtlMonitor } from './ttl-monitor.ts';

export interface GatewayOptions {
  /** Address to listen on; there is no authentication, so anything but loopback opens the store to strangers. */
  host?: string;
  /** 0 for any free port. */
  port: number;
  pg: EngineAddress;
  /** Seconds between two removals of expired documents; 60, as in mongod. */
  ttlSeconds?: number;
  /** Create the extension where the database does not have it yet. */
  createExtension?: boolean;
  log?: (line: string) => void;
  /** Gives up waiting for the engine at the start; without effect afterwards. */
  signal?: AbortSignal;
}

export interface Gateway {
  port: number;
  setTtlSeconds: (seconds: number) => void;
  /** Resets every client, closes the port and the connections to the engine, and stops every timer. */
  close: () => Promise<void>;
}

const cleanupMs = 60_000;
const reopenMs = 200;

type Settings = Required<Omit<GatewayOptions, 'signal'>> & { ttl: TtlMonitor; signal: AbortSignal };

interface Session {
  engine: Engine;
  listener: Listener;
  close: () => Promise<void>;
}

/**
 * Waits for the engine, then listens. While the engine is away the port is closed and clients are reset, as with a
 * mongod that died; drivers come back by themselves.
 * Throws when the port is taken, or the reason of `signal` when that is aborted first.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log = () => undefined, ttlSeconds = 60, host = '127.0.0.1', createExtension = false } = options;
  const stop = new AbortController();
  const ttl = new TtlMonitor(ttlSeconds, log);
  const settings = { ...options, host, log, ttlSeconds, createExtension, ttl };
  const waiting = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const first = await openSession({ ...settings, signal: waiting });
  const { port } = first.listener;
  const running = keepOpen(first, { ...settings, port, signal: stop.signal });
  return {
    port,
    setTtlSeconds: (seconds) => ttl.setSeconds(seconds),
    close: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Replaces the session whenever its engine is lost, until `signal` is aborted. */
async function keepOpen(first: Session, settings: Settings): Promise<void> {
  const { signal, log } = settings;
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined));
  });
  let session: Session | undefined = first;
  while (session !== undefined) {
    const loss = await Promise.race([session.engine.lost, stopped]);
    if (loss !== undefined) log(`engine lost: ${loss.message}`);
    await session.close();
    session = signal.aborted ? undefined : await reopen(settings);
  }
}

/** Opens a session again, however long it takes; undefined when `signal` is aborted meanwhile. */
async function reopen(settings: Settings): Promise<Session | undefined> {
  while (!settings.signal.aborted) {
    try {
      return await openSession(settings);
    } catch (error) {
      if (settings.signal.aborted) return undefined;
      settings.log(`not listening: ${messageOf(error)}`); // somebody took the port while it was closed
    }
    await delay(reopenMs);
  }
  return undefined;
}

async function openSession(settings: Settings): Promise<Session> {
  const { host, port, ttl, log } = settings;
  const engine = await openEngine({ ...settings, address: settings.pg });
  const cursors = new CursorTable();
  const services: Services = {
    engine,
    cursors,
    ttl,
    lanes: new Lanes(),
    listening: { host, port },
    connectionCount: () => listener.connectionCount(),
    log,
  };
  let listener: Listener;
  try {
    listener = await listen({ host, port, log, serve: (socket, id) => serveConnection(socket, id, services) });
  } catch (error) {
    await engine.close();
    throw error;
  }
  services.listening = { host, port: listener.port };
  ttl.start(engine);
  const cleanup = setInterval(() => void removeIdleCursors(engine, cursors, log), cleanupMs);
  log(`listening on ${host}:${listener.port}`);
  return {
    engine,
    listener,
    close: async () => {
      clearInterval(cleanup);
      ttl.stop();
      await listener.close();
      await engine.close();
    },
  };
}

async function removeIdleCursors(engine: Engine, cursors: CursorTable, log: (line: string) => void): Promise<void> {
  cursors.removeIdle();
  try {
    await engine.query(cleanCursorFilesStatement, [cursorIdleMs / 1000]);
  } catch (error) {
    log(`idle cursors were not removed: ${messageOf(error)}`);
  }
}
