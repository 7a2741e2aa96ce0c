import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError, Pool, type QueryResultRow } from 'pg';
import { serialize } from './documents.ts';
import { EngineLostError, messageOf } from './errors.ts';
import { createExtensionStatement, listDatabasesStatement, type Statement } from './sql.ts';

/** Where PostgreSQL with DocumentDB listens: `host` is a socket folder or a host name. */
export interface EngineAddress {
  host: string;
  port: number;
}

const maxConnections = 20;
const retryMs = 200;
/** How long statements in flight may still run when the engine is closed. */
const closeGraceMs = 1_000;

/** What every connection is opened with. */
const connectionSettings = [
  'documentdb.useFileBasedPersistedCursors=on', // a cursor outlives its statement, on any connection
  'documentdb_core.enableCollation=on',
  'documentdb.maxWriteBatchSize=100000', // as mongod
  'documentdb.enableFailureOnParallelIndexArrays=on', // as mongod: an index over two arrays is an error
  'documentdb.enableArrayFilterLogicalOperators=on',
  'documentdb.throwDeadlockOnCRUD=on', // so that the gateway can run the statement again
  'deadlock_timeout=50ms',
  'client_min_messages=error',
];

/** SQLSTATE classes of a server that stops, crashed or starts (57P01 to 57P03), and of a broken connection (08). */
const lostStates = /^(57P0[1-3]|08...)$/;

/** A pool of connections to one life of PostgreSQL: once lost, it stays lost. */
export class Engine {
  /** Resolves, with the reason, as soon as any connection notices that PostgreSQL is gone. */
  readonly lost: Promise<Error>;
  readonly #pool: Pool;
  readonly #sockets = new Set<Socket>();
  #closing: Promise<void> | undefined;
  #reportLoss: (reason: Error) => void = () => undefined;

  constructor(address: EngineAddress) {
    this.lost = new Promise((resolve) => {
      this.#reportLoss = resolve;
    });
    this.#pool = new Pool({
      ...address,
      user: 'postgres',
      database: 'postgres',
      application_name: 'mongodb-gateway',
      max: maxConnections,
      min: 1, // an idle connection notices the loss before any command does
      idleTimeoutMillis: 60_000,
      stream: () => this.#newSocket(),
      options: connectionSettings.map((setting) => `-c ${setting}`).join(' '),
    });
    this.#pool.on('error', (error) => this.#reportLoss(error));
    // Without a listener Node ends the process; the statement in flight reports the same error
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /**
   * Runs one statement and returns its rows.
   * Throws DatabaseError when PostgreSQL refuses it, EngineLostError when PostgreSQL is gone.
   */
  async query<Row>(statement: Statement<Row>, values: unknown[] = []): Promise<Row[]> {
    try {
      const { name, text } = statement;
      const result = await this.#pool.query<Row & QueryResultRow>({ name, text, values });
      return result.rows;
    } catch (error) {
      if (error instanceof DatabaseError && !lostStates.test(error.code ?? '')) throw error;
      const lost = new EngineLostError(messageOf(error), { cause: error });
      this.#reportLoss(lost);
      throw lost;
    }
  }

  /** The first row; undefined when there is none. */
  async find<Row>(statement: Statement<Row>, values: unknown[] = []): Promise<Row | undefined> {
    const [row] = await this.query(statement, values);
    return row;
  }

  /** The one row of a statement that always returns one. */
  async one<Row>(statement: Statement<Row>, values: unknown[] = []): Promise<Row> {
    const row = await this.find(statement, values);
    if (row === undefined) throw new Error(`${statement.name} returned no row`);
    return row;
  }

  /** Ends every connection; a statement or a handshake that still runs after a second is cut off. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, closeGraceMs);
    await this.#pool.end();
    clearTimeout(timer);
  }

  #newSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

interface OpenOptions {
  address: EngineAddress;
  /** Create the extension where the database does not have it yet. */
  createExtension: boolean;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** Tries until DocumentDB answers, five times a second. Throws only when `signal` is aborted. */
export async function openEngine(options: OpenOptions): Promise<Engine> {
  const { address, createExtension, log, signal } = options;
  let said = '';
  for (;;) {
    signal.throwIfAborted();
    const engine = new Engine(address);
    const cancel = () => void engine.close();
    signal.addEventListener('abort', cancel);
    try {
      if (createExtension) await engine.query(createExtensionStatement);
      await engine.query(listDatabasesStatement, [serialize({ listDatabases: 1, nameOnly: true })]);
      return engine;
    } catch (error) {
      await engine.close();
      const reason = messageOf(error);
      if (reason !== said) log(`waiting for DocumentDB: ${reason}`);
      said = reason;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
    await delay(retryMs, undefined, { signal });
  }
}
