import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../../local/network.ts';
import { type Gateway, startGateway } from '../../../local/gateway/gateway.ts';

const postgresPort = 5432;
const socketName = `.s.PGSQL.${postgresPort}`;
const pgSocketFolder = inject('pgSocketFolder');

/** Passes bytes between a socket in a folder of its own and the engine's, until it is cut. */
class Relay {
  readonly #sockets = new Set<Socket>();
  readonly #folder: string;
  readonly #target: string;
  #server: Server | undefined;

  constructor(folder: string, engineFolder: string) {
    this.#folder = folder;
    this.#target = join(engineFolder, socketName);
  }

  async open(): Promise<void> {
    const server = createServer((near) => {
      const far = connect(this.#target);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    const path = join(this.#folder, socketName);
    server.listen(path);
    await once(server, 'listening');
    await chmod(path, 0o700);
    this.#server = server;
  }

  /** As if the engine had died: its connections end, and new ones are refused. */
  async cut(): Promise<void> {
    const server = this.#server;
    if (server?.listening !== true) return;
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(server, 'close');
  }
}

async function connects(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** serverStatus through a connection of its own. */
async function status(port: number): Promise<mongo.Document> {
  const client = await new mongo.MongoClient(`mongodb://127.0.0.1:${port}/`).connect();
  try {
    return await client.db().admin().serverStatus();
  } finally {
    await client.close();
  }
}

function testRealMongod(): void {
  it('is not in use: the suite runs against a real mongod', async () => {
    const client = await new mongo.MongoClient(inject('mongoUri')).connect();

    const { gitVersion } = await client.db().command({ buildInfo: 1 });
    await client.close();

    expect(gitVersion).not.toBe('documentdb');
  });
}

function testLoss(engineFolder: string): void {
  let folder: string;
  let relay: Relay;
  let gateway: Gateway;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'relay-'));
    relay = new Relay(folder, engineFolder);
    await relay.open();
    // not any free one: while the gateway is closed, an outgoing connection could be given that
    gateway = await startGateway({ port: await freePort(), pg: { host: folder, port: postgresPort } });
  });

  afterEach(async () => {
    await gateway.close();
    await relay.cut();
    await rm(folder, { recursive: true });
  });

  it('resets its clients', async () => {
    const socket = connect(gateway.port, '127.0.0.1');
    await once(socket, 'connect');
    await expect.poll(async () => (await status(gateway.port))['connections'].current).toBeGreaterThan(1);
    const failed = once(socket, 'error');

    await relay.cut();

    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('refuses clients while it is gone, and listens on the same port when it is back', async () => {
    await relay.cut();
    await expect.poll(() => connects(gateway.port)).toBe(false);

    await relay.open();

    await expect.poll(() => connects(gateway.port)).toBe(true);
    expect(await status(gateway.port)).toMatchObject({ ok: 1 });
  });

  it('fails what is in flight, and drivers come back by themselves', async () => {
    const client = await new mongo.MongoClient(`mongodb://127.0.0.1:${gateway.port}/?retryReads=false`).connect();
    const rows = client.db(`engine_loss_${process.pid}`).collection('rows');
    await rows.insertMany(Array.from({ length: 2_000 }, (_, n) => ({ n })));
    const sum = { $reduce: { input: { $range: [0, 20_000] }, initialValue: 0, in: { $add: ['$$value', '$$this'] } } };
    const slow = rows.find({ $expr: { $lt: [sum, 0] } }, { maxTimeMS: 4_000 }).toArray();
    const failed = slow.then(
      () => undefined,
      (error: unknown) => error,
    );
    await expect.poll(async () => (await status(gateway.port))['connections'].current).toBeGreaterThan(2);

    await relay.cut();
    const error = await failed;
    await relay.open();
    await expect.poll(() => rows.countDocuments().catch(() => 0)).toBe(2_000);
    await client.db(`engine_loss_${process.pid}`).dropDatabase();
    await client.close();

    expect(error).toBeInstanceOf(mongo.MongoNetworkError);
  });

  it('closes while its engine is gone', async () => {
    await relay.cut();
    await expect.poll(() => connects(gateway.port)).toBe(false);

    await gateway.close();
    await relay.open();

    expect(await connects(gateway.port)).toBe(false);
  });

  it('gives up a start that is aborted', async () => {
    await relay.cut();

    const start = startGateway({ port: 0, pg: { host: folder, port: postgresPort }, signal: AbortSignal.timeout(50) });

    await expect(start).rejects.toThrow(/aborted/);
  });

  it('says when its port is taken', async () => {
    const second = startGateway({ port: gateway.port, pg: { host: folder, port: postgresPort } });

    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
}

describe('a gateway that loses its engine', () => {
  if (pgSocketFolder === undefined) testRealMongod();
  else testLoss(pgSocketFolder);
});
